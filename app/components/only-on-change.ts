import { Component, createElement, type JSX } from "preact";

/**
 * The component, drawn again only when one of its properties is another value, or a signal or a state that it reads
 * changes. Not an element from `useMemo`: that one keeps the whole tree alive that it was first part of, with all its
 * charts.
 */
export function onlyOnChange<Props extends object>(
  drawn: (props: Props) => JSX.Element | null,
): (props: Props) => JSX.Element {
  class OnlyOnChange extends Component<Props> {
    override shouldComponentUpdate(next: Props): boolean {
      return !areEqual(this.props, next);
    }

    override render(props: Props): JSX.Element {
      return createElement(drawn, props);
    }
  }
  return (props) => createElement(OnlyOnChange, props);
}

function areEqual(a: object, b: object): boolean {
  const [own, other] = [a, b] as readonly Readonly<Record<string, unknown>>[];
  const names = Object.keys(own);
  return names.length === Object.keys(other).length && names.every((name) => own[name] === other[name]);
}
