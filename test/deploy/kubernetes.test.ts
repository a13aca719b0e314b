import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { objection } from "../site/command-tree.js";
import { faultsOf, WITH_SCHEMAS } from "./kubernetes-schema.js";
import { bytesOf, commandLine, KUBERNETES, type KubernetesObject, optionOf, SERVICES } from "./recipes.js";

const FILES = Object.entries(KUBERNETES);
const podOf = ({ spec }: KubernetesObject) => spec.template.spec;
const containerOf = (file: string) => podOf(KUBERNETES[file]).containers[0];

describe.each(FILES)("deploy/kubernetes/%s", (_, object) => {
  const pod = podOf(object);
  const [container] = pod.containers;

  it("has one container, of the image that compose.yaml builds", () => {
    expect([pod.containers.length, pod.initContainers]).toEqual([1, undefined]);
    expect(container.image).toBe(SERVICES.worker.image);
  });

  it("runs as a user who is not root, on a read-only root file system, with no rights", () => {
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 1000,
      seccompProfile: { type: "RuntimeDefault" },
    });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    expect(pod).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
    for (const key of ["hostNetwork", "hostPID", "hostIPC"]) expect(pod).not.toHaveProperty(key);
  });

  it("may write to the runs and to /tmp only", () => {
    const writable = container.volumeMounts.filter(({ readOnly }) => readOnly !== true);
    expect(writable.map(({ mountPath }) => mountPath)).toEqual(["/data/runs", "/tmp"]);
    const names = container.volumeMounts.map(({ name }) => name);
    expect(pod.volumes.map(({ name }) => name)).toEqual(names);
  });

  it("asks for its resources, and gives the command what it asked for", () => {
    const { requests, limits } = container.resources ?? {};
    expect(requests).toEqual({ cpu: expect.stringMatching(/^\d+$/), memory: expect.stringMatching(/^\d+Gi$/) });
    expect(limits).toEqual({ memory: requests?.memory });
    const args = commandLine(container);
    if (args[0] !== "analyze" && args[1] !== "worker") return;
    expect(optionOf(args, "--jobs")).toBe(requests?.cpu);
    // The matrices are not all that a process holds.
    expect(bytesOf(optionOf(args, "--memory") as string) / bytesOf(requests?.memory as string)).toBe(0.75);
  });

  it("has a command that the command line accepts", async () => {
    expect(await objection(commandLine(container), { isMention: false })).toBeNull();
  });

  it.runIf(WITH_SCHEMAS)("holds the schema of Kubernetes, and no field that it does not know", () => {
    expect(faultsOf(object)).toEqual([]);
  });
});

describe.runIf(WITH_SCHEMAS)("the check by schemas", () => {
  const changed = (change: (object: KubernetesObject) => object): string[] => {
    const object = structuredClone(KUBERNETES["shards.yaml"]);
    change(object);
    return faultsOf(object);
  };

  it("finds a field that does not exist, and a value of a wrong type", () => {
    const container = (object: KubernetesObject): object => podOf(object).containers[0];
    expect(changed((object) => Object.assign(container(object), { readOnlyRootFileSystem: true }))).toEqual([
      "/spec/template/spec/containers/0/readOnlyRootFileSystem",
    ]);
    expect(changed((object) => Object.assign(object.spec, { completions: "8" }))).toEqual([
      expect.stringContaining("spec/completions must be integer"),
    ]);
    expect(changed((object) => Object.assign(container(object), { args: [{ a: 1 }] }))).toEqual([
      expect.stringContaining("args/0 must be string"),
    ]);
  });
});

describe("the Indexed Job of shares", () => {
  const { completions, parallelism, completionMode } = KUBERNETES["shards.yaml"].spec as Record<string, unknown>;
  const container = containerOf("shards.yaml");

  it("has as many pods as shares, numbered from 0 to give 1 to n", () => {
    expect([completionMode, parallelism]).toEqual(["Indexed", completions]);
    expect(container.env).toEqual([{ name: "SHARDS", value: String(completions) }]);
    const shares = Array.from({ length: completions as number }, (_, index) =>
      execFileSync("sh", ["-c", container.args[0].replace("exec eigenscope", "printf '%s\\n'")], {
        env: { PATH: process.env.PATH, SHARDS: String(completions), JOB_COMPLETION_INDEX: String(index) },
        encoding: "utf8",
      }).split("\n"),
    );
    expect(shares.map((args) => optionOf(args, "--shard"))).toEqual(shares.map((_, k) => `${k + 1}/${completions}`));
    expect(shares[0].slice(0, -1)).toEqual(commandLine(container));
  });

  it("is not tried again where again would be the same, and the others go on", () => {
    const { spec } = KUBERNETES["shards.yaml"];
    expect(spec.backoffLimitPerIndex).toBe(3);
    expect(spec.podFailurePolicy).toMatchObject({ rules: [{ action: "Ignore" }, { action: "FailIndex" }] });
    for (const { spec } of Object.values(KUBERNETES)) {
      const rules = (spec.podFailurePolicy as { rules: { onExitCodes?: { containerName: string } }[] })?.rules ?? [];
      for (const { onExitCodes } of rules) expect(onExitCodes?.containerName ?? "eigenscope").toBe("eigenscope");
    }
  });

  it("leaves its run where the report looks for it", () => {
    const run = optionOf(commandLine(container), "--run");
    expect(commandLine(containerOf("report.yaml")).slice(0, 2)).toEqual(["report", run]);
  });
});

describe("the fleet on Kubernetes", () => {
  it("gets the address of the queue, which has a password, from a Secret", () => {
    for (const file of ["fleet-workers.yaml", "fleet-submit.yaml"]) {
      expect(containerOf(file).env).toEqual([
        { name: "EIGENSCOPE_QUEUE", valueFrom: { secretKeyRef: { name: "eigenscope-queue", key: "address" } } },
      ]);
      expect(containerOf(file).args.join(" ")).not.toContain("redis");
    }
  });

  it("lets workers open what is submitted, and write where the run is", () => {
    const [worker, submit] = ["fleet-workers.yaml", "fleet-submit.yaml"].map((file) => commandLine(containerOf(file)));
    expect(`${submit[2]}/`.startsWith(`${optionOf(worker, "--allow")}/`)).toBe(true);
    expect(optionOf(submit, "--run")?.startsWith(`${optionOf(worker, "--run")}/`)).toBe(true);
  });

  it("gives workers half an hour to finish a layer, and the probe the port of the metrics", () => {
    expect(podOf(KUBERNETES["fleet-workers.yaml"]).terminationGracePeriodSeconds).toBe(1800);
    const { args, livenessProbe } = containerOf("fleet-workers.yaml");
    expect(livenessProbe?.exec.command.at(-1)).toContain(`:${optionOf(args, "--metrics-port")}/`);
  });
});
