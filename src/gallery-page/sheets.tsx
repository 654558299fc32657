import type { Source } from './api.ts'
import { CalendarSheet } from './calendar.tsx'
import { CoverageSheet } from './coverage.tsx'
import { NumbersSheet } from './numbers.tsx'
import { OnThisDaySheet } from './on-this-day.tsx'
import { PromptsSheet } from './prompts.tsx'
import { SearchHelp } from './search-help.tsx'
import type { Shown } from './shown.ts'
import type { Navigation } from './use-navigation.ts'
import type { SheetName } from './views-menu.tsx'

interface Props {
  readonly name: SheetName
  readonly source: Source
  readonly shown: Shown
  readonly navigation: Navigation
  close(): void
}

/** What lies over the gallery. */
export function Sheets({ name, source, shown, navigation, close }: Props) {
  const { finding, coverage } = source
  const { open, filter } = navigation
  switch (name) {
    case 'history':
      return coverage && <CoverageSheet load={coverage} close={close} />
    case 'calendar':
      return <CalendarSheet shown={shown} filter={filter} close={close} />
    case 'on-this-day':
      return <OnThisDaySheet source={source} shown={shown} open={open} filter={filter} close={close} />
    case 'prompts':
      return (
        finding && (
          <PromptsSheet source={source} finding={finding} shown={shown} open={open} filter={filter} close={close} />
        )
      )
    case 'numbers':
      return finding && <NumbersSheet load={finding.numbers} filter={filter} close={close} />
    case 'help':
      return <SearchHelp q={shown.filters.q} filter={filter} close={close} />
  }
}
