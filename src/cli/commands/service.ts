import { homedir } from 'node:os'
import path from 'node:path'
import { hasConfig } from '../../config.ts'
import { resolvePath, userConfigFile } from '../../config-paths.ts'
import { ArchiverError, exitCodes } from '../../errors.ts'
import type { Manager, ServiceState } from '../../service/settings.ts'
import { createOutput, type Io, type Output, type OutputOptions } from '../output.ts'
import { configFileOf, type SettingsOptions, settingsOf } from '../settings.ts'
import { untilInterrupted } from '../signals.ts'

export interface ServiceCommandOptions extends OutputOptions, SettingsOptions {
  readonly dryRun?: boolean
  readonly minimized?: boolean
  readonly log?: string
}

/** `run` is what is installed where the platform cannot tell which restart would help. */
type ServiceVerb = 'install' | 'remove' | 'status' | 'logs' | 'run'

/** Keeps a watch running in the background: one service for each archive, started with the person's session. */
export async function serviceCommand(verb: ServiceVerb, options: ServiceCommandOptions, io: Io): Promise<number> {
  const output = createOutput(io, options)
  if (options.dryRun && verb !== 'install' && verb !== 'remove')
    throw new ArchiverError('usage', `--dry-run says nothing to "service ${verb}".`)
  const file = options.archive === undefined ? (configFileOf(options) ?? [userConfigFile()].find(hasConfig)) : undefined
  const args = [...placeOf(options, file), ...(options.minimized ? ['--minimized'] : [])]
  // Whether its settings are right, the watch says itself.
  if (verb === 'run') return run(args, options, output)
  const config = settingsOf(options)
  const { managerFor } = await import('../../service/service.ts')
  // The archive's own folder may not be there yet, or not any more.
  const folder = file === undefined ? homedir() : path.dirname(path.resolve(file))
  const manager = await managerFor({ config, args, folder })
  await actions[verb](manager, options, output, config.archivePath)
  return exitCodes.ok
}

/** What says to the watch where its settings are, wherever it is started; nothing where the environment does. */
function placeOf({ archive }: ServiceCommandOptions, file: string | undefined): string[] {
  if (archive !== undefined) return ['--archive', resolvePath(process.cwd(), archive)]
  return file === undefined ? [] : ['--config', path.resolve(file)]
}

type Action = (manager: Manager, options: ServiceCommandOptions, output: Output, archive: string) => Promise<void>

const actions: Readonly<Record<Exclude<ServiceVerb, 'run'>, Action>> = {
  async install(manager, { dryRun }, output) {
    const { file, bytes, install: commands } = manager
    if (dryRun) {
      const text = textOf(bytes)
      const words = [`# ${file}`, text.trimEnd(), ...commands.map((command) => `# then: ${command.join(' ')}`)]
      return output.result(words.join('\n'), { event: 'service-file', file, text, commands })
    }
    const { install } = await import('../../service/service.ts')
    await install(manager)
    const words = `Installed ${file}\nThe watch starts now, and with each of your sessions.`
    output.result(words, { event: 'service-installed', file })
  },
  async remove(manager, { dryRun }, output, archive) {
    const { isInstalled, uninstall } = await import('../../service/service.ts')
    const { file, remove: commands } = manager
    if (!isInstalled(manager)) return output.result(noneOf(archive), { event: 'service', file, isInstalled: false })
    if (dryRun) return output.result(`Would remove ${file}`, { event: 'service-file', file, commands })
    await uninstall(manager)
    output.result(`Removed ${file}`, { event: 'service-removed', file })
    // There a task is ended without being asked, and what it has started goes on.
    if (process.platform === 'win32') output.notice('A watch that still runs ends when you close its browser.')
  },
  async status(manager, _, output, archive) {
    const { isInstalled, stateOf } = await import('../../service/service.ts')
    const { file } = manager
    if (!isInstalled(manager)) return output.result(noneOf(archive), { event: 'service', file, isInstalled: false })
    const state = await stateOf(manager)
    output.result(`Installed: ${file}\n${stateLine(state)}`, { event: 'service', file, isInstalled: true, ...state })
  },
  async logs(manager, _, output) {
    const { logsOf } = await import('../../service/service.ts')
    const lines = await logsOf(manager)
    for (const line of lines) output.result(line, { event: 'log', line })
    if (lines.length === 0) output.notice('Nothing was written yet.')
  },
}

const noneOf = (archive: string) =>
  `No service is installed for the archive ${archive} → dalle-archiver service install`

/** Task Scheduler has its file in UTF-16, with a mark. */
const textOf = (bytes: Buffer) =>
  bytes[0] === 0xff && bytes[1] === 0xfe ? bytes.toString('utf16le', 2) : bytes.toString()

function stateLine({ isRunning, pid, lastExitCode }: ServiceState): string {
  if (isRunning) return pid === null ? 'It runs.' : `It runs: process ${pid}.`
  if (lastExitCode === null) return 'It does not run.'
  if (lastExitCode === exitCodes.ok) return 'It does not run: its browser was closed. It starts with the next session.'
  return `It does not run: it ended with exit code ${lastExitCode} → dalle-archiver service logs`
}

/** Runs the watch, and starts it again when it has crashed. */
async function run(args: readonly string[], options: ServiceCommandOptions, output: Output): Promise<number> {
  const [{ runWatch }, { thisHost, refuseTemporary }] = await Promise.all([
    import('../../service/run-watch.ts'),
    import('../../service/service.ts'),
  ])
  const { node, program } = thisHost()
  refuseTemporary(program)
  const stop = untilInterrupted(() => {})
  try {
    await runWatch({
      command: [node, program, 'watch', ...args],
      ...{ log: options.log, signal: stop.signal },
      onNotice: (text) => output.notice(text),
    })
    return exitCodes.ok
  } finally {
    stop.dispose()
  }
}
