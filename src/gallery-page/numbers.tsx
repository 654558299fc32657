import type { Numbers } from './finding.ts'
import { HeatMap } from './heat-map.tsx'
import { Problem } from './notices.tsx'
import { Sheet } from './sheet.tsx'
import type { Filters } from './state.ts'
import { useAnswer } from './use-answer.ts'
import { byteSize, generatorNames, numberName, originNames, pictureCount, shapeNames } from './words.ts'

interface Props {
  load(): Promise<Numbers>
  filter(changes: Partial<Filters>): void
  close(): void
}

/** The archive in numbers. */
export function NumbersSheet({ load, filter, close }: Props) {
  const { value: numbers, error, retry } = useAnswer(load, [])
  const search = (q: string) => {
    close()
    filter({ q })
  }
  return (
    <Sheet title="Numbers" isWide isBusy={!numbers && !error} close={close}>
      {error && <Problem message={error} retry={retry} />}
      {!numbers && !error && <p role="status">Counting…</p>}
      {numbers && <Counted numbers={numbers} search={search} />}
    </Sheet>
  )
}

function Counted({ numbers, search }: { numbers: Numbers; search(q: string): void }) {
  const { total, bytes, held, lacking, unverified, days, by, shape, source, hours, words } = numbers
  return (
    <>
      <dl class="sums five">
        <Sum name="Pictures" value={numberName(total)} />
        <Sum name="On disk" value={byteSize(bytes)} />
        <Sum name="Images here" value={numberName(held)} />
        <Sum name="Lacking" value={lacking === null ? null : numberName(lacking)} hint="Run dalle-archiver backfill" />
        <Sum
          name="Never verified"
          value={unverified === null ? null : numberName(unverified)}
          hint="Run dalle-archiver verify"
        />
      </dl>
      <section>
        <h3>Pictures per day</h3>
        <HeatMap days={days} />
      </section>
      <div class="number-columns">
        <Bars title="Made by" counts={by} names={generatorNames} />
        <Bars title="Shape" counts={shape} names={shapeNames} />
        <Bars title="Source" counts={source} names={originNames} />
      </div>
      <Hours hours={hours} />
      {words.length > 0 && (
        <section>
          <h3>Most used words</h3>
          <ol class="word-list">
            {words.map(([word, count]) => (
              <li key={word}>
                <button type="button" class="action" onClick={() => search(word)}>
                  <span dir="auto">{word}</span> <small>{numberName(count)}</small>
                </button>
              </li>
            ))}
          </ol>
        </section>
      )}
    </>
  )
}

/** A number that is not known is a dash, and never zero. */
function Sum({ name, value, hint }: { name: string; value: string | null; hint?: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value ?? <abbr title={`not known. ${hint}`}>–</abbr>}</dd>
    </div>
  )
}

interface BarsProps {
  readonly title: string
  readonly counts: Readonly<Record<string, number>>
  readonly names: Readonly<Record<string, string>>
}

/** How often each of a few things occurs. */
function Bars({ title, counts, names }: BarsProps) {
  const rows = Object.entries(counts).sort(([, one], [, other]) => other - one)
  const most = Math.max(1, ...rows.map(([, count]) => count))
  return (
    <section>
      <h3>{title}</h3>
      <dl class="bars">
        {rows.map(([key, count]) => (
          <div key={key}>
            <dt>{names[key] ?? key}</dt>
            <dd>
              <span class="bar-line" style={{ width: `${(count / most) * 100}%` }} />
              <span>{numberName(count)}</span>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

/** At which hours of the day pictures are made. */
function Hours({ hours }: { hours: readonly number[] }) {
  const most = Math.max(1, ...hours)
  const best = hours.indexOf(most)
  const words = best < 0 ? 'none yet' : `most between ${best}:00 and ${best + 1}:00, ${pictureCount(most)}`
  return (
    <section>
      <h3>Hour of the day</h3>
      <div class="hours" role="img" aria-label={`Pictures by hour of the day: ${words}`}>
        {hours.map((count, hour) => (
          <div key={hour} title={`${hour}:00 – ${hour + 1}:00: ${pictureCount(count)}`}>
            <span class="bar-box">
              <span style={{ height: `${(count / most) * 100}%` }} />
            </span>
            {hour % 6 === 0 && <small>{hour}</small>}
          </div>
        ))}
      </div>
    </section>
  )
}
