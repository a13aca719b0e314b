import type { ViewLayer } from "../view/view-layer.js";

/** The anchor of a layer: its section, or its row where it has no section. */
export const layerId = ({ index }: Pick<ViewLayer, "index">): string => `layer-${index}`;

/** The id of a layer's small spectrum in the overview. */
export const pictureId = ({ index }: Pick<ViewLayer, "index">): string => `s${index}`;
