import { resolvePath } from '../config-paths.ts'
import type { SettingsOptions } from './settings.ts'

/**
 * Where the archive is, for a command that needs no other setting: with `--archive`, none is loaded.
 *
 * Errors  as `settingsOf`.
 */
export async function archivePathOf(options: SettingsOptions): Promise<string> {
  if (options.archive) return resolvePath(process.cwd(), options.archive)
  const { settingsOf } = await import('./settings.ts')
  return settingsOf(options).archivePath
}
