import { useEffect, useState } from 'preact/hooks'
import { RequestError, type Source } from './api.ts'
import type { Finding, PromptGroup, PromptPage } from './finding.ts'
import { Problem } from './notices.tsx'
import { Copy } from './panel.tsx'
import { phraseOf, withTerm } from './search-terms.ts'
import { Sheet } from './sheet.tsx'
import type { Shown } from './shown.ts'
import type { Filters } from './state.ts'
import { Thumbs } from './thumbs.tsx'
import { useAnswer } from './use-answer.ts'
import { countOf, numberName, pictureCount, shortDate } from './words.ts'

interface Props {
  readonly source: Source
  readonly finding: Finding
  readonly shown: Shown
  open(id: string): void
  filter(changes: Partial<Filters>): void
  close(): void
}

/** The prompts of the pictures shown, each once, with what came of it. */
export function PromptsSheet({ source, finding, shown, open, filter, close }: Props) {
  const { page, error, more, retry } = usePrompts(finding, shown.filters)
  const search = (q: string) => {
    close()
    filter({ q })
  }
  return (
    <Sheet title="Prompts" isWide isBusy={!page && !error} close={close}>
      <SuggestedTags finding={finding} search={(word) => search(withTerm(shown.filters.q, word))} />
      {error && <Problem message={error} retry={retry} />}
      {!page && !error && <p role="status">Counting…</p>}
      {page && (
        <>
          <p class="sheet-note" role="status">
            {countOf(page.total, 'prompt')} of {pictureCount(shown.count)}
          </p>
          <ul class="prompts">
            {page.prompts.map((group) => (
              <Prompt key={group.prompt} group={group} source={source} open={open} search={search} />
            ))}
          </ul>
          {page.prompts.length < page.total && (
            <button type="button" class="quiet" onClick={more}>
              Show more
            </button>
          )}
        </>
      )}
    </Sheet>
  )
}

interface PromptProps {
  readonly group: PromptGroup
  readonly source: Source
  open(id: string): void
  search(q: string): void
}

function Prompt({ group, source, open, search }: PromptProps) {
  const { prompt, count, ids, first, last } = group
  const [from, to] = [shortDate(first), shortDate(last)]
  return (
    <li>
      <p class="prompt-words" dir="auto">
        {prompt || <em>No prompt was found.</em>}
      </p>
      <p class="prompt-facts">
        {pictureCount(count)} · {from === to ? from : `${from} – ${to}`}
      </p>
      <Thumbs source={source} ids={ids} open={open} />
      <div class="buttons">
        {prompt && <Copy text={prompt} label="Copy prompt" />}
        {prompt && count > ids.length && (
          <button type="button" class="action" onClick={() => search(phraseOf(prompt))}>
            Show all {numberName(count)}
          </button>
        )}
      </div>
    </li>
  )
}

/** Words that recur and are no tags yet; each leads to its pictures, which can be tagged there. */
function SuggestedTags({ finding, search }: { finding: Finding; search(word: string): void }) {
  const { value } = useAnswer(finding.suggestedTags, [])
  if (!value || value.length === 0) return null
  return (
    <section>
      <h3>Words that might become tags</h3>
      <ul class="word-list">
        {value.slice(0, 24).map(({ tag, count }) => (
          <li key={tag}>
            <button type="button" class="action" onClick={() => search(tag)}>
              <span dir="auto">{tag}</span> <small>{numberName(count)}</small>
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}

const pageSize = 40

/** The prompts known so far, a page more at each request. */
function usePrompts(finding: Finding, filters: Filters) {
  const [page, setPage] = useState<PromptPage | null>(null)
  const [error, setError] = useState<string | null>(null)
  const load = async (known: PromptPage['prompts']) => {
    setError(null)
    try {
      const next = await finding.prompts(filters, known.length, pageSize)
      setPage({ total: next.total, prompts: [...known, ...next.prompts] })
    } catch (reason) {
      setError(reason instanceof RequestError ? reason.message : String(reason))
    }
  }
  // The sheet is opened anew for other filters.
  useEffect(() => void load([]), [])
  const more = () => void load(page?.prompts ?? [])
  return { page, error, more, retry: more }
}
