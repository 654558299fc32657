import { type HeatDay, heatYear, shadeSteps, yearsOf } from './heat-map.ts'
import { firstWeekday, pictureCount, shortMonth, wholeDay } from './words.ts'

const [stepPx, sizePx, topPx] = [13, 11, 16]

/** Pictures per day as fields that grow darker, a year in each row. The calendar says the same in words. */
export function HeatMap({ days }: { days: Readonly<Record<string, number>> }) {
  const steps = shadeSteps(days)
  const firstDay = firstWeekday()
  return (
    <ul class="heat">
      {yearsOf(days).map((year) => (
        <Year key={year} year={year} days={heatYear(days, year, firstDay, steps)} />
      ))}
    </ul>
  )
}

function Year({ year, days }: { year: number; days: readonly HeatDay[] }) {
  const total = days.reduce((sum, { count }) => sum + count, 0)
  const best = days.reduce((one, other) => (other.count > one.count ? other : one))
  const weeks = (days.at(-1)?.week ?? 52) + 1
  const words = `${year}: ${pictureCount(total)}, most on ${wholeDay(best.key)}, ${pictureCount(best.count)}`
  return (
    <li>
      <h4>
        {year} <span class="day-count">{pictureCount(total)}</span>
      </h4>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls where the window is narrow. */}
      <section class="heat-box" tabIndex={0} aria-label={`${year}`}>
        <svg role="img" aria-label={words} width={weeks * stepPx} height={topPx + 7 * stepPx}>
          {firstOfMonths(days).map(({ month, week }) => (
            <text key={month} x={week * stepPx} y={10}>
              {shortMonth(month)}
            </text>
          ))}
          {days.map(({ key, week, row, count, shade }) => (
            <rect
              key={key}
              class={`heat-${shade}`}
              x={week * stepPx}
              y={topPx + row * stepPx}
              width={sizePx}
              height={sizePx}
              rx={2.5}
            >
              {count > 0 && <title>{`${wholeDay(key)}: ${pictureCount(count)}`}</title>}
            </rect>
          ))}
        </svg>
      </section>
    </li>
  )
}

const firstOfMonths = (days: readonly HeatDay[]) => days.filter(({ key }) => key.endsWith('-01'))
