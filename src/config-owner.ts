import type { Stats } from 'node:fs'
import { ArchiverError } from './errors.ts'

const [groupMayWrite, othersMayWrite] = [0o020, 0o002]

/**
 * Refuses a config file that another user of this machine can write: it names programs that are started, the browser
 * and that of new pictures.
 *
 * Shape   `file` is its name, for people; what is looked at is the open file that is read. It is ours or the
 *         administrator's, and writable for no others; the group may be our own, which on most systems has one member.
 *         Windows has no such bits and is not looked at.
 * Errors  ArchiverError "config".
 */
export function refuseForeignConfig(
  file: string,
  { mode, ...owner }: Pick<Stats, 'mode' | 'uid' | 'gid'>,
  [uid, gid] = [process.getuid?.(), process.getgid?.()],
): void {
  if (uid === undefined) return
  const isOwn = owner.uid === uid || owner.uid === 0
  const isShared = (mode & othersMayWrite) !== 0 || ((mode & groupMayWrite) !== 0 && ![gid, 0].includes(owner.gid))
  if (isOwn && !isShared) return
  const text = isOwn ? 'can be changed by other users of this computer' : 'belongs to another user of this computer'
  throw new ArchiverError('config', `${file} ${text}, and it names programs that are started.`, {
    hint: isOwn ? `Run: chmod go-w "${file}"` : 'Use a config file of your own: --config FILE, or --archive DIR.',
  })
}
