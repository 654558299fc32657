import type { RefObject } from 'preact'
import { useState } from 'preact/hooks'
import type { Finding, Suggestion } from './finding.ts'
import { Icon, type IconName } from './icons.tsx'
import { replaceLast } from './search-terms.ts'
import { useSuggestions } from './use-suggestions.ts'
import { numberName } from './words.ts'

interface Props {
  readonly q: string
  readonly searchRef: RefObject<HTMLInputElement | null>
  readonly finding: Finding | null
  change(q: string): void
  /** From the field into the pictures. */
  leave(): void
}

/** The search field, with what the last word may become below it: a combobox. */
export function SearchField({ q, searchRef, finding, change, leave }: Props) {
  // Proposed only to who types; closed by Esc, by a choice, and on leaving.
  const [isTyping, setTyping] = useState(false)
  const [active, setActive] = useState(-1)
  const suggestions = useSuggestions(finding, q, isTyping)
  const isOpen = isTyping && suggestions.length > 0
  const stop = () => {
    setTyping(false)
    setActive(-1)
  }
  const choose = ({ text, kind }: Suggestion) => {
    change(replaceLast(q, text))
    setActive(-1)
    setTyping(kind === 'key')
    searchRef.current?.focus()
  }
  const keyDown = (event: KeyboardEvent) => {
    const chosen = isOpen ? suggestions[active] : undefined
    if (isOpen && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      const count = suggestions.length + 1
      setActive(((active + 1 + (event.key === 'ArrowDown' ? 1 : -1) + count) % count) - 1)
    } else if (event.key === 'Enter' && chosen) choose(chosen)
    else if (event.key === 'Enter' || event.key === 'ArrowDown') {
      stop()
      leave()
    } else if (event.key === 'Escape' && isOpen) stop()
    else if (event.key === 'Escape' && q) change('')
    else return
    event.preventDefault()
  }
  return (
    <div class="field-box">
      <label class="field">
        <Icon name="search" />
        <span class="sr-only">Search pictures</span>
        <input
          ref={searchRef}
          type="search"
          // biome-ignore lint/a11y/noRedundantRoles: a field for searching is no combobox by itself.
          role="combobox"
          list={undefined}
          aria-expanded={isOpen}
          aria-controls="suggestions"
          aria-autocomplete="list"
          aria-activedescendant={isOpen && active >= 0 ? `suggestion-${active}` : undefined}
          placeholder="Search prompts, titles, ids, tags"
          autocomplete="off"
          spellcheck={false}
          value={q}
          onInput={(event) => {
            setTyping(true)
            setActive(-1)
            change(event.currentTarget.value)
          }}
          onKeyDown={keyDown}
          onBlur={stop}
        />
        <span class="key" aria-hidden="true">
          /
        </span>
      </label>
      <div id="suggestions" role="listbox" aria-label="Suggestions" class="suggestions" hidden={!isOpen}>
        {isOpen &&
          suggestions.map((one, at) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keys of the field choose among them.
            <div
              key={one.kind + one.text}
              id={`suggestion-${at}`}
              role="option"
              aria-selected={at === active}
              tabIndex={-1}
              // The field keeps the keyboard.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => choose(one)}
            >
              <Icon name={kindIcons[one.kind]} />
              <span dir="auto">{one.text}</span>
              <small>
                {kindNames[one.kind]}
                {one.count > 0 && ` · ${numberName(one.count)}`}
              </small>
            </div>
          ))}
      </div>
    </div>
  )
}

const kindIcons: Readonly<Record<Suggestion['kind'], IconName>> = {
  word: 'search',
  tag: 'check',
  conversation: 'words',
  collection: 'picture',
  key: 'filter',
}

const kindNames: Readonly<Record<Suggestion['kind'], string>> = {
  word: 'word',
  tag: 'tag',
  conversation: 'conversation',
  collection: 'collection',
  key: 'search word',
}
