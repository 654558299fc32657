import { type ChildProcess, spawn } from 'node:child_process'
import { Launcher } from 'chrome-launcher'
import type { Config } from '../config.ts'
import type { Pipes } from './pipe.ts'

/** A browser as a process of ours. */
export interface BrowserProcess {
  /** Resolves when it can be talked to, over its port or over these pipes. */
  readonly ready: Promise<Pipes | undefined>
  readonly exited: Promise<{ code: number | null }>
  terminate(): void
}

/** Our environment for programs of others, without the keys of a mirror. */
export const environmentForOthers = (ours: NodeJS.ProcessEnv = process.env): Record<string, string> =>
  Object.fromEntries(
    Object.entries(ours).filter((one): one is [string, string] => one[1] !== undefined && !/^AWS_/i.test(one[0])),
  )

/** Starts a browser; the launcher is left only what it knows better than we do: when the browser can be talked to. */
export function startProcess(
  config: Config,
  chromePath: string,
  port: number,
  chromeFlags: readonly string[],
): BrowserProcess {
  let child: ChildProcess | undefined
  let onEnd: (end: { code: number | null }) => void = () => {}
  let onFailure: (error: Error) => void = () => {}
  const exited = new Promise<{ code: number | null }>((resolve, reject) => {
    onEnd = resolve
    onFailure = reject
  })
  exited.catch(() => {})
  const launcher = new Launcher(
    {
      chromePath,
      ...(port > 0 && { port }),
      userDataDir: config.profilePath,
      ignoreDefaultFlags: true,
      chromeFlags: [...chromeFlags],
      envVars: environmentForOthers(),
      startingUrl: 'about:blank',
      handleSIGINT: false,
      logLevel: 'silent',
      connectionPollInterval: 25,
      maxConnectionRetries: 1_200,
    },
    {
      spawn: ((command: string, args: string[], options: object) => {
        // The launcher adds this one by itself when the environment has HEADLESS set.
        child = spawn(
          command,
          args.filter((arg) => arg !== '--headless' || config.chromiumArgs.includes(arg)),
          options,
        )
        child.once('exit', (code) => onEnd({ code })).once('error', onFailure)
        return child
      }) as typeof spawn,
    },
  )
  const ready = launcher.launch().then(() => {
    child?.unref()
    // The launcher's types know only the half of a stream's methods.
    return (launcher.remoteDebuggingPipes as Pipes | null) ?? undefined
  })
  return { ready, exited, terminate: () => void child?.kill('SIGTERM') }
}
