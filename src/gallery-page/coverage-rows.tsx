import { type CoverageRow, lackReasons, phraseOf, saidIn } from '../backfill/coverage-rows.ts'
import type { Coverage } from './api.ts'
import { isoDate } from './words.ts'

/** So many are named; the command names all. */
const maxNamed = 50

/** What is lacking and what is kept all the same, each with its reason and with what would help. */
export function CoverageRows({ coverage }: { coverage: Coverage }) {
  const open = coverage.rows.filter(({ remedy }) => remedy !== null)
  const kept = coverage.rows.filter(({ remedy }) => remedy === null)
  return (
    <>
      {open.length > 0 && (
        <section>
          <h3>What is lacking, and what helps</h3>
          <ul class="lacks">
            {open.map((row) => (
              <Row key={row.kind} row={row} coverage={coverage} />
            ))}
          </ul>
        </section>
      )}
      {kept.length > 0 && (
        <section>
          <h3>Kept all the same</h3>
          <ul class="lacks">
            {kept.map((row) => (
              <Row key={row.kind} row={row} coverage={coverage} />
            ))}
          </ul>
        </section>
      )}
    </>
  )
}

function Row({ row, coverage }: { row: CoverageRow; coverage: Coverage }) {
  const said = saidIn(row, isoDate)
  return (
    <li>
      <p>{phraseOf(row)}</p>
      {said && <small>{said}</small>}
      {row.remedy && <Remedy text={row.remedy} />}
      <Named row={row} coverage={coverage} />
    </li>
  )
}

/** A command among its words. */
const command = /(dalle-archiver [a-z]+(?: --[a-z]+)*)/

function Remedy({ text }: { text: string }) {
  return <p class="remedy">{text.split(command).map((part, at) => (at % 2 ? <code key={at}>{part}</code> : part))}</p>
}

function Named({ row, coverage }: { row: CoverageRow; coverage: Coverage }) {
  if (!lackReasons.some((reason) => reason === row.kind)) return null
  const all = coverage.lacking.filter(({ reason }) => reason === row.kind)
  const more = all.length - maxNamed
  return (
    <details>
      <summary>Show which</summary>
      <ul>
        {all.slice(0, maxNamed).map(({ fileId }) => (
          <li key={fileId}>
            <code>{fileId}</code>
          </li>
        ))}
      </ul>
      {more > 0 && (
        <p>
          and {more.toLocaleString()} more, which <code>dalle-archiver coverage --json</code> names
        </p>
      )}
    </details>
  )
}
