import { dismiss, type HelpWanted, MAX_MEMBERS, recall } from "./team-control.js";
import type { WorkerLane } from "./worker-lane.js";

/** The help for one lane's matrix. */
export interface LaneTeam {
  /** From now on the lane's worker can use help. */
  readonly open: (wanted: HelpWanted) => void;
  /** The leader finished or was aborted: release its helpers. It may be opened again. */
  readonly close: () => void;
}

/** Assigns idle lanes as helpers. */
export interface LaneTeams {
  team(leader: WorkerLane): LaneTeam;
  /** Sends idle lanes to help, unless a stack arrives for them first. */
  recruitSoon(): void;
  /** Recalls one helper; resolves when it is idle. */
  recallOne(): Promise<void>;
}

export interface LaneTeamsOptions {
  /** An idle lane; undefined if there is none. */
  readonly freeLane: () => WorkerLane | undefined;
  readonly release: (lane: WorkerLane) => void;
  readonly mayRecruit: () => boolean;
}

/**
 * Wait this long before lending an idle worker, so that a caller who submits stacks one after another still finds it
 * free.
 */
const MIN_IDLE_MS = 5;

interface Team {
  readonly leader: WorkerLane;
  readonly wanted: HelpWanted;
  /** The member numbers in use. */
  readonly members: Set<number>;
}

/** Sends idle lanes to the teams with the fewest helpers, and recalls them. */
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
      // A share may be lost with the helper; the leader would then wait for ever.
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
      const [team] = [...teams]
        .filter(({ members }) => members.size < MAX_MEMBERS - 1)
        .sort((a, b) => a.members.size - b.members.size);
      const lane = team === undefined ? undefined : freeLane();
      if (lane === undefined) return;
      send(lane, team);
    }
  };
  const recruitSoon = (): void => {
    if (teams.size > 0 && soon === undefined) soon = setTimeout(recruit, MIN_IDLE_MS);
  };

  return {
    team(leader) {
      let team: Team | undefined;
      const close = (): void => {
        if (team === undefined) return;
        dismiss(team.wanted.control);
        teams.delete(team);
        team = undefined;
      };
      return {
        open(wanted) {
          // A team that stayed open would keep its helpers for ever.
          close();
          team = { leader, wanted, members: new Set() };
          teams.add(team);
          recruitSoon();
        },
        close,
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
