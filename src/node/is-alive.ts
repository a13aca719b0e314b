/** Whether a process of this machine lives. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    // It lives, and belongs to another user.
    return (cause as NodeJS.ErrnoException).code === "EPERM";
  }
}
