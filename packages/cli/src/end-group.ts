/** Ends what a killed process may leave of those it was starting: bubblewrap waits for nobody. */

/** For a process that was started as the leader of a group, after it has ended. */
export function endGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    // Usually there is nobody left in it.
    if (!['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}
