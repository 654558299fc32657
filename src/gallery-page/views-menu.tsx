import { useId, useRef } from 'preact/hooks'
import { Icon, type IconName } from './icons.tsx'

/** What can be laid over the gallery. */
export type SheetName = 'history' | 'calendar' | 'on-this-day' | 'prompts' | 'numbers' | 'help'

interface View {
  readonly name: SheetName
  readonly label: string
  readonly icon: IconName
  /** It asks the server, which a copy does not have. */
  readonly isCounted?: boolean
}

const views: readonly View[] = [
  { name: 'calendar', label: 'Calendar', icon: 'calendar' },
  { name: 'on-this-day', label: 'On this day', icon: 'sun' },
  { name: 'prompts', label: 'Prompts', icon: 'words', isCounted: true },
  { name: 'numbers', label: 'Numbers', icon: 'chart', isCounted: true },
  { name: 'help', label: 'Search words and keys', icon: 'help' },
]

/** The other ways to look at the pictures, behind one button. */
export function ViewsMenu({ canCount, open }: { canCount: boolean; open(name: SheetName): void }) {
  const id = useId()
  const list = useRef<HTMLDivElement>(null)
  return (
    <>
      <button type="button" class="icon-button bar-button" popovertarget={id}>
        <Icon name="views" />
        <span class="wide-only">Views</span>
        <span class="sr-only narrow-only">Other views</span>
      </button>
      <div ref={list} id={id} class="menu" popover="auto">
        {views
          .filter(({ isCounted }) => canCount || !isCounted)
          .map(({ name, label, icon }) => (
            <button
              key={name}
              type="button"
              aria-haspopup="dialog"
              onClick={() => {
                list.current?.hidePopover()
                open(name)
              }}
            >
              <Icon name={icon} />
              {label}
            </button>
          ))}
      </div>
    </>
  )
}
