import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { inOwnTask } from "../../app/components/own-task.js";

describe("work in a task of its own", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is done after the caller's, once for all calls until then, and again after that", () => {
    const work = vi.fn();
    const ask = inOwnTask(work);
    ask();
    ask();
    expect(work).not.toHaveBeenCalled();
    vi.runAllTimers();
    expect(work).toHaveBeenCalledTimes(1);
    ask();
    vi.runAllTimers();
    expect(work).toHaveBeenCalledTimes(2);
  });

  it("can ask for itself again", () => {
    let left = 3;
    const ask = inOwnTask(() => {
      if (--left > 0) ask();
    });
    ask();
    vi.runAllTimers();
    expect(left).toBe(0);
  });
});
