import { useMemo, useState } from 'preact/hooks'
import { type CalendarDay, type DayPictures, dayKey, monthCounts, picturesByDay, weeksOf } from './days.ts'
import { Icon } from './icons.tsx'
import { Sheet } from './sheet.tsx'
import type { Shown } from './shown.ts'
import type { Filters } from './state.ts'
import { firstWeekday, monthName, pictureCount, shortMonth, weekdayName, wholeDay } from './words.ts'

interface Props {
  readonly shown: Shown
  filter(changes: Partial<Filters>): void
  close(): void
}

/** The days of what is shown, a month at a time, with how many pictures each has; a day leads to its pictures. */
export function CalendarSheet({ shown, filter, close }: Props) {
  const days = useMemo(() => picturesByDay(shown.list.pictures, shown.positions), [shown])
  const counts = useMemo(() => monthCounts(days), [days])
  const [month, setMonth] = useState(() => newestMonth(days))
  const show = (from: string, to: string) => {
    close()
    filter({ from, to })
  }
  const last = dayKey(month.year, month.month, new Date(month.year, month.month + 1, 0).getDate())
  const count = counts.get(last.slice(0, 7)) ?? 0
  return (
    <Sheet title="Calendar" close={close}>
      <div class="calendar-head">
        <Turn month={month} by={-1} counts={counts} turnTo={setMonth} />
        <h3 aria-live="polite">{monthName(month.year, month.month)}</h3>
        <Turn month={month} by={1} counts={counts} turnTo={setMonth} />
      </div>
      <MonthTable month={month} days={days} show={(key) => show(key, key)} />
      <div class="buttons">
        <button
          type="button"
          class="primary"
          disabled={count === 0}
          onClick={() => show(`${last.slice(0, 7)}-01`, last)}
        >
          Show {pictureCount(count)} of this month
        </button>
      </div>
      <Year year={month.year} counts={counts} current={month.month} turnTo={setMonth} />
    </Sheet>
  )
}

interface YearMonth {
  readonly year: number
  readonly month: number
}

/** The month of the newest picture; this one where there is none. */
function newestMonth(days: ReadonlyMap<string, DayPictures>): YearMonth {
  const newest = [...days.keys()].reduce((one, other) => (one > other ? one : other), '')
  const now = new Date()
  return days.get(newest) ?? { year: now.getFullYear(), month: now.getMonth() }
}

interface TurnProps {
  readonly month: YearMonth
  readonly by: -1 | 1
  readonly counts: ReadonlyMap<string, number>
  turnTo(month: YearMonth): void
}

/** To the next month that has pictures. */
function Turn({ month: { year, month }, by, counts, turnTo }: TurnProps) {
  const key = dayKey(year, month, 1).slice(0, 7)
  const keys = [...counts.keys()].sort()
  const next = by > 0 ? keys.find((one) => one > key) : keys.findLast((one) => one < key)
  const [nextYear = 0, nextMonth = 1] = (next ?? '').split('-').map(Number)
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={by < 0 ? 'Earlier month' : 'Later month'}
      disabled={next === undefined}
      onClick={() => turnTo({ year: nextYear, month: nextMonth - 1 })}
    >
      <Icon name={by < 0 ? 'previous' : 'next'} />
    </button>
  )
}

interface TableProps {
  readonly month: YearMonth
  readonly days: ReadonlyMap<string, DayPictures>
  show(key: string): void
}

function MonthTable({ month: { year, month }, days, show }: TableProps) {
  const firstDay = firstWeekday()
  const weeks = weeksOf(days, year, month, firstDay)
  const most = Math.max(1, ...weeks.flat().map((field) => field?.count ?? 0))
  return (
    <table class="calendar" aria-label={monthName(year, month)}>
      <thead>
        <tr>
          {Array.from({ length: 7 }, (_, at) => (
            <th key={at} scope="col">
              {weekdayName(firstDay + at)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weeks.map((week, at) => (
          <tr key={at}>
            {week.map((field, place) => (
              <td key={place}>{field && <DayField field={field} most={most} show={show} />}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function DayField({ field, most, show }: { field: CalendarDay; most: number; show(key: string): void }) {
  const { day, key, count } = field
  if (count === 0) return <span class="day-field">{day}</span>
  const shade = Math.ceil((count / most) * 4)
  return (
    <button type="button" class={`day-field shade-${shade}`} onClick={() => show(key)}>
      <span class="sr-only">{`${wholeDay(key)}, ${pictureCount(count)}`}</span>
      <span aria-hidden="true">{day}</span>
      <small aria-hidden="true">{count}</small>
    </button>
  )
}

interface YearProps {
  readonly year: number
  readonly counts: ReadonlyMap<string, number>
  readonly current: number
  turnTo(month: YearMonth): void
}

/** The months of a year side by side. */
function Year({ year, counts, current, turnTo }: YearProps) {
  const ofYear = Array.from({ length: 12 }, (_, month) => counts.get(dayKey(year, month, 1).slice(0, 7)) ?? 0)
  const most = Math.max(1, ...ofYear)
  return (
    <ul class="year-months" aria-label={`${year}`}>
      {ofYear.map((count, month) => (
        <li key={month}>
          <button
            type="button"
            aria-current={month === current ? 'true' : undefined}
            disabled={count === 0}
            onClick={() => turnTo({ year, month })}
          >
            <span class="bar-box" aria-hidden="true">
              <span style={{ height: `${(count / most) * 100}%` }} />
            </span>
            <span aria-hidden="true">{shortMonth(month)}</span>
            <span class="sr-only">{`${monthName(year, month)}, ${pictureCount(count)}`}</span>
          </button>
        </li>
      ))}
    </ul>
  )
}
