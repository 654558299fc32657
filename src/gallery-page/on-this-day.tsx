import { useMemo, useState } from 'preact/hooks'
import type { Source } from './api.ts'
import { type Anniversary, anniversaries, type DayPictures, dayKey, nextAnniversary, picturesByDay } from './days.ts'
import { Icon } from './icons.tsx'
import { Sheet } from './sheet.tsx'
import type { Shown } from './shown.ts'
import type { Filters } from './state.ts'
import { Thumbs } from './thumbs.tsx'
import { pictureCount, yearDayName } from './words.ts'

interface Props {
  readonly source: Source
  readonly shown: Shown
  open(id: string): void
  filter(changes: Partial<Filters>): void
  close(): void
}

const today = () => {
  const now = new Date()
  return dayKey(2000, now.getMonth(), now.getDate()).slice(5)
}

/** What was made on this day of the year, in whichever year. */
export function OnThisDaySheet({ source, shown, open, filter, close }: Props) {
  const all = useMemo(() => anniversaries(picturesByDay(shown.list.pictures, shown.positions)), [shown])
  const [key, setKey] = useState(today)
  const years = all.find((one) => one.key === key)?.years ?? []
  const show = ({ year, month, day }: DayPictures) => {
    close()
    filter({ from: dayKey(year, month, day), to: dayKey(year, month, day) })
  }
  return (
    <Sheet title="On this day" isWide close={close}>
      <div class="calendar-head">
        <Step all={all} from={key} by={-1} goTo={setKey} />
        <h3 aria-live="polite">{yearDayName(key)}</h3>
        <Step all={all} from={key} by={1} goTo={setKey} />
      </div>
      {years.length === 0 && <p class="sheet-note">Nothing was made on this day of any year.</p>}
      {years.map((day) => (
        <section key={day.year}>
          <h3>
            {day.year}{' '}
            <button type="button" class="link" onClick={() => show(day)}>
              {pictureCount(day.positions.length)}
            </button>
          </h3>
          <Thumbs
            source={source}
            ids={day.positions.slice(0, 24).map((at) => shown.list.pictures.id[at] ?? '')}
            open={open}
          />
        </section>
      ))}
    </Sheet>
  )
}

interface StepProps {
  readonly all: readonly Anniversary[]
  readonly from: string
  readonly by: -1 | 1
  goTo(key: string): void
}

/** To the next day of the year on which anything was made. */
function Step({ all, from, by, goTo }: StepProps) {
  const next = nextAnniversary(all, from, by)
  const isThere = next !== undefined && next.key !== from
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={`${by < 0 ? 'Earlier' : 'Later'} day${isThere ? `: ${yearDayName(next.key)}` : ''}`}
      disabled={!isThere}
      onClick={() => next && goTo(next.key)}
    >
      <Icon name={by < 0 ? 'previous' : 'next'} />
    </button>
  )
}
