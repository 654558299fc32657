import { examine } from '../../doctor/doctor.ts'
import type { Finding } from '../../doctor/finding.ts'
import { exitCodes } from '../../errors.ts'
import { createOutput, type Io, type OutputOptions, paint } from '../output.ts'
import { hasNoSettings, type SettingsOptions, settingsOf } from '../settings.ts'
import { interruptible } from '../signals.ts'
import { countWords } from '../words.ts'

export interface DoctorCommandOptions extends OutputOptions, SettingsOptions {
  readonly quick?: boolean
}

/** Says whether everything that archiving needs is there and works; its output is fit for a report. */
export async function doctorCommand(options: DoctorCommandOptions, io: Io): Promise<number> {
  const output = createOutput(io, options)
  const config = settingsOf(hasNoSettings(options) ? { ...options, archive: 'archive' } : options)
  return interruptible(
    output,
    () => output.notice('Stopping.'),
    async (signal) => {
      const marks = {
        sound: paint('green', '✓', io.stdout),
        note: paint('yellow', '!', io.stdout),
        trouble: paint('red', '✗', io.stdout),
      }
      const onFinding = (finding: Finding) => {
        const { about, state, text, remedy } = finding
        output.status('')
        output.result(`${marks[state]} ${about}: ${text}${remedy ? `\n    → ${remedy}` : ''}`, {
          event: 'finding',
          ...finding,
        })
        output.status('Looking on …')
      }
      output.status('Looking …')
      const findings = await examine({ config, signal, isQuick: options.quick, onFinding })
      output.status('')
      signal.throwIfAborted()
      const count = findings.filter(({ state }) => state === 'trouble').length
      const words = count === 0 ? 'Sound.' : `${countWords(count, 'thing')} to mend.`
      output.result(words, { event: 'doctor-ended', troubles: count })
      return count === 0 ? exitCodes.ok : exitCodes['some-failed']
    },
  )
}
