import path from 'node:path'
import { finalCodes, pauseS, startsPerHour } from './restarts.ts'
import { type Manager, notRunning, type ServiceSettings, type ServiceState } from './settings.ts'

const graphical = 'graphical-session.target'

/** Whether a desktop runs under systemd: then the service starts and ends with it. */
export const isDesktopManaged = ['systemctl', '--user', 'is-active', '--quiet', graphical] as const

/** A user's unit of systemd; `configHome` is XDG_CONFIG_HOME. */
export function systemdManager(settings: ServiceSettings, configHome: string): Manager {
  const unit = `${settings.name}.service`
  const systemctl = (...args: string[]) => ['systemctl', '--user', ...args] as const
  return {
    file: path.join(configHome, 'systemd', 'user', unit),
    bytes: Buffer.from(unitText(settings)),
    probe: systemctl('show-environment'),
    // One that was given up would not be started by hand either.
    before: [systemctl('stop', unit), systemctl('reset-failed', unit)],
    install: [systemctl('daemon-reload'), systemctl('reenable', unit), systemctl('start', unit)],
    remove: [systemctl('disable', '--now', unit)],
    afterRemove: [systemctl('daemon-reload'), systemctl('reset-failed', unit)],
    state: systemctl('show', unit, '--property=MainPID,ExecMainStatus,ExecMainExitTimestampMonotonic'),
    stateIn,
    logs: ['journalctl', '--user', '--unit', unit, '--quiet', '--no-pager', '--output=short-iso', '--lines=200'],
  }
}

/**
 * The text of the unit.
 *
 * Shape   arguments stand in quotes with the escapes of C, `%%` for a percent sign; `:` before the program leaves `$`
 *         alone. A folder stands as it is, but for its percent signs.
 * Source  systemd.unit(5), systemd.service(5), systemd.syntax(7)
 */
export function unitText({ archive, command, folder, environment, isGraphical }: ServiceSettings): string {
  const [program, ...args] = command
  // A program's own path may hold none of these; an argument may.
  const words = /["'\\]/.test(program) ? ['/usr/bin/env', program, ...args] : command
  const starts = isGraphical ? [`After=${graphical}`, `PartOf=${graphical}`] : []
  return `${[
    '[Unit]',
    `Description=dalle-archiver, ChatGPT pictures to ${specifiersOf(archive)}`,
    ...starts,
    'StartLimitIntervalSec=1h',
    `StartLimitBurst=${startsPerHour}`,
    '',
    '[Service]',
    'Type=exec',
    `ExecStart=:${words.map(quoted).join(' ')}`,
    `WorkingDirectory=${specifiersOf(folder)}`,
    ...Object.entries(environment).map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`),
    'SyslogIdentifier=dalle-archiver',
    'Restart=on-failure',
    `RestartSec=${pauseS}`,
    `RestartPreventExitStatus=${finalCodes.join(' ')}`,
    // Only the watch is asked to end, and closes its browser; one that outlived a crash is taken over with its tabs.
    'KillMode=process',
    '',
    '[Install]',
    `WantedBy=${isGraphical ? graphical : 'default.target'}`,
  ].join('\n')}\n`
}

const specifiersOf = (text: string) => text.replaceAll('%', '%%')

const quoted = (text: string) => {
  const escaped = text.replace(/["\\]/g, '\\$&').replace(/\p{Cc}/gu, (found) => byteEscapes(found))
  return `"${specifiersOf(escaped)}"`
}

const byteEscapes = (text: string) =>
  [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')

function stateIn(printed: string | undefined): ServiceState {
  if (printed === undefined) return notRunning
  const values = new Map(printed.split('\n').map((line) => line.split('=', 2) as [string, string | undefined]))
  const number = (name: string) => Number(values.get(name) ?? 0)
  const hasEnded = number('ExecMainExitTimestampMonotonic') > 0
  const pid = number('MainPID')
  // Between two starts it counts as "activating", and nothing runs.
  return { isRunning: pid > 0, pid: pid > 0 ? pid : null, lastExitCode: hasEnded ? number('ExecMainStatus') : null }
}
