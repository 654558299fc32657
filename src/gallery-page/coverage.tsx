import { useState } from 'preact/hooks'
import type { Coverage } from './api.ts'
import { CoverageRows } from './coverage-rows.tsx'
import { Icon } from './icons.tsx'
import { Problem } from './notices.tsx'
import { Sheet } from './sheet.tsx'
import { useAnswer } from './use-answer.ts'
import { countOf, endOfList, isoDate, listNames, pictureCount } from './words.ts'

interface Props {
  load(profile?: string | null): Promise<Coverage>
  close(): void
}

/** What the account is known to hold, what is here, and what lies between: a sheet over the gallery. */
export function CoverageSheet({ load, close }: Props) {
  const [profile, setProfile] = useState<string | null>()
  // Compared anew each time the sheet is opened, or another account chosen.
  const { value: coverage, error, retry } = useAnswer(() => load(profile), [profile])
  const isBusy = !coverage && !error
  return (
    <Sheet title="Account history" isBusy={isBusy} close={close}>
      {coverage && coverage.profiles.length > 1 && <Account coverage={coverage} choose={setProfile} />}
      {error && <Problem message={error} retry={retry} />}
      {isBusy && <p role="status">Comparing…</p>}
      {coverage && (coverage.isAsked ? <Known coverage={coverage} /> : <Unasked coverage={coverage} />)}
    </Sheet>
  )
}

/** Which of several accounts is shown. */
function Account({ coverage, choose }: { coverage: Coverage; choose(profile: string | null): void }) {
  return (
    <select
      class="pill"
      aria-label="Profile"
      data-on="true"
      value={coverage.profile ?? ''}
      onChange={(event) => choose(event.currentTarget.value || null)}
    >
      {coverage.profiles.map((label) => (
        <option key={label} value={label ?? ''}>
          {label ?? 'Without a label'}
        </option>
      ))}
    </select>
  )
}

function Unasked({ coverage }: { coverage: Coverage }) {
  return (
    <>
      <section class="unasked">
        <Icon name="history" />
        <h3>Nothing is known yet</h3>
        <p>
          Run <code>dalle-archiver backfill</code> to ask your account what it holds.
        </p>
        <p>{pictureCount(coverage.records)} in the archive.</p>
      </section>
      <CoverageRows coverage={coverage} />
    </>
  )
}

function Known({ coverage }: { coverage: Coverage }) {
  const { counters, held, difference, isComplete, catalogues } = coverage
  return (
    <>
      <dl class="sums">
        <Sum name="Account says" value={counters && counters.active + counters.archived} />
        <Sum name="Listed, and here" value={held} />
        <Sum name="Difference" value={difference} />
      </dl>
      <p class="sums-note">{noteOf(coverage)}</p>
      {isComplete && (
        <p class="complete">
          <Icon name="check" />
          <span>
            Complete on {isoDate(catalogues[0]?.at ?? '')}: every list was read to its end that day, and nothing is
            lacking.
          </span>
        </p>
      )}
      <CoverageRows coverage={coverage} />
      <section>
        <h3>Lists of the account</h3>
        <ul class="lists">
          {catalogues.map(({ name, files, end, at }) => (
            <li key={name}>
              <span>{listNames[name] ?? name}</span>
              <span>{countOf(files, 'file')}</span>
              <small>{endOfList(end, at)}</small>
            </li>
          ))}
        </ul>
      </section>
    </>
  )
}

/** A number that is not known is a dash, and never zero. */
function Sum({ name, value }: { name: string; value: number | null }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value === null ? <abbr title="not known">–</abbr> : value.toLocaleString()}</dd>
    </div>
  )
}

function noteOf({ counters, listed, held, lackingListed, uploads, records }: Coverage): string {
  const archived = counters?.archived ? `; ${counters.archived.toLocaleString()} of these are archived there` : ''
  const said = counters
    ? `Said on ${isoDate(counters.at)}${archived}. `
    : 'The account has not said how many it holds. '
  const parts = [`${held.toLocaleString()} here`, `${lackingListed.toLocaleString()} lacking`]
  if (uploads > 0) parts.push(`${uploads.toLocaleString()} not generated`)
  return `${said}${countOf(listed, 'file')} listed: ${parts.join(', ')}. ${pictureCount(records)} in the archive in all.`
}
