import { dismiss, type HelpWanted, MOST_MEMBERS, recall } from "./wasm/team.js";
import type { WorkerLane } from "./worker-lane.js";

/** The help that one lane's matrix gets. */
export interface LaneTeam {
  /** The lane's worker wants help from now on. */
  readonly open: (wanted: HelpWanted) => void;
  /** It has done, or was ended: its helpers come home. */
  close(): void;
}

/** Which lanes help which. */
export interface LaneTeams {
  team(leader: WorkerLane): LaneTeam;
  /** Sends idle lanes to help, unless a stack comes for them first. */
  recruitSoon(): void;
  /** Calls one helper home; resolves when it is there. */
  recallOne(): Promise<void>;
}

export interface LaneTeamsOptions {
  /** A lane that has nothing to do; undefined where there is none. */
  readonly freeLane: () => WorkerLane | undefined;
  readonly release: (lane: WorkerLane) => void;
  readonly mayRecruit: () => boolean;
}

/**
 * A lane that has just become idle stays so for this long: who gives one stack after another, even with some work
 * between, finds it free.
 */
const IDLE_MS = 5;

interface Team {
  readonly leader: WorkerLane;
  readonly wanted: HelpWanted;
  /** The numbers that are taken. */
  readonly members: Set<number>;
}

/** Sends idle lanes to the teams with the fewest helpers, and calls them home. */
export function laneTeams({ freeLane, release, mayRecruit }: LaneTeamsOptions): LaneTeams {
  const teams = new Set<Team>();
  const away = new Map<WorkerLane, { readonly team: Team; readonly member: number; readonly home: Promise<void> }>();
  let soon: ReturnType<typeof setTimeout> | undefined;

  const send = (lane: WorkerLane, team: Team): void => {
    let member = 1;
    while (team.members.has(member)) member++;
    team.members.add(member);
    const home = lane.assist(team.wanted, member).then(
      () => {},
      // A share may be lost with it: the leader would wait for ever.
      (cause: Error) => void team.leader.terminate(cause),
    );
    away.set(lane, {
      team,
      member,
      home: home.finally(() => {
        away.delete(lane);
        release(lane);
        recruitSoon();
      }),
    });
  };

  const recruit = (): void => {
    soon = undefined;
    while (mayRecruit()) {
      const [team] = [...teams].filter(({ members }) => members.size < MOST_MEMBERS - 1).sort((a, b) => a.members.size - b.members.size);
      const lane = team === undefined ? undefined : freeLane();
      if (lane === undefined) return;
      send(lane, team);
    }
  };
  const recruitSoon = (): void => {
    if (teams.size > 0 && soon === undefined) soon = setTimeout(recruit, IDLE_MS);
  };

  return {
    team(leader) {
      let team: Team | undefined;
      return {
        open(wanted) {
          team = { leader, wanted, members: new Set() };
          teams.add(team);
          recruitSoon();
        },
        close() {
          if (team === undefined) return;
          dismiss(team.wanted.control);
          teams.delete(team);
        },
      };
    },
    recruitSoon,
    async recallOne() {
      const [helper] = away.values();
      if (helper === undefined) return;
      recall(helper.team.wanted.control, helper.member);
      await helper.home;
    },
  };
}
