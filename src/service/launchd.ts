import path from 'node:path'
import { pauseS } from './restarts.ts'
import { asXml, type Manager, notRunning, type ServiceSettings, type ServiceState } from './settings.ts'

/** A user's agent of launchd. */
export function launchdManager(settings: ServiceSettings, home: string, uid: number): Manager {
  const target = `gui/${uid}/${settings.name}`
  const file = path.posix.join(home, 'Library', 'LaunchAgents', `${settings.name}.plist`)
  return {
    file,
    bytes: Buffer.from(plistText(settings)),
    probe: ['launchctl', 'print', `gui/${uid}`],
    before: [['launchctl', 'bootout', target]],
    install: [
      ['launchctl', 'enable', target],
      ['launchctl', 'bootstrap', `gui/${uid}`, file],
    ],
    remove: [['launchctl', 'bootout', target]],
    afterRemove: [],
    state: ['launchctl', 'print', target],
    stateIn,
    logs: settings.log,
  }
}

/**
 * The property list of the agent.
 *
 * Shape   launchd cannot tell exit codes apart, so what it runs is our own `service run`, which starts the watch again
 *         where that helps, and ends well where it does not. A crash of that one is launchd's affair.
 * Source  launchd.plist(5)
 */
export function plistText({ name, command, folder, environment, log, isGraphical }: ServiceSettings): string {
  const string = (text: string) => `<string>${asXml(text)}</string>`
  const variables = Object.entries(environment).map(
    ([variable, value]) => `\n      <key>${asXml(variable)}</key>\n      ${string(value)}`,
  )
  const entries: readonly [string, string][] = [
    ['Label', string(name)],
    ['ProgramArguments', `<array>${command.map((word) => `\n      ${string(word)}`).join('')}\n    </array>`],
    ['WorkingDirectory', string(folder)],
    ['EnvironmentVariables', `<dict>${variables.join('')}\n    </dict>`],
    ['RunAtLoad', '<true/>'],
    ['KeepAlive', '<dict><key>SuccessfulExit</key><false/></dict>'],
    ['ThrottleInterval', `<integer>${pauseS}</integer>`],
    ['ProcessType', string('Interactive')],
    ...(isGraphical ? ([['LimitLoadToSessionType', string('Aqua')]] as const) : []),
    ['StandardOutPath', string(log)],
    ['StandardErrorPath', string(log)],
  ].map(([key, value]) => [key ?? '', value ?? ''])
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
  <dict>
${entries.map(([key, value]) => `    <key>${key}</key>\n    ${value}\n`).join('')}  </dict>
</plist>
`
}

/** What `launchctl print` says; it is made for people, and may say other things tomorrow. */
function stateIn(printed: string | undefined): ServiceState {
  if (printed === undefined) return notRunning
  const numberAfter = (name: string) => {
    const found = new RegExp(`^\\s*${name} = (\\d+)`, 'm').exec(printed)?.[1]
    return found === undefined ? null : Number(found)
  }
  const pid = numberAfter('pid')
  return { isRunning: pid !== null, pid, lastExitCode: numberAfter('last exit code') }
}
