import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { Marks, Picture, PictureDetails, Small, Source } from './api.ts'
import { Icon, type IconName } from './icons.tsx'
import { LineageTree } from './lineage.tsx'
import { MarksForm } from './marks.tsx'
import { OutActions } from './out-actions.tsx'
import { Related } from './related.tsx'
import { SimilarPictures } from './similar.tsx'
import { useAnswer } from './use-answer.ts'
import { useSuggestedTags } from './use-suggested-tags.ts'
import { generatorNames, momentName, originNames, sizeName } from './words.ts'

interface Props {
  readonly source: Source
  readonly details: PictureDetails | null
  /** That of the list; another one may know more. */
  readonly revision: number
  /** The details are on their way. */
  readonly isWaiting: boolean
  mark(changes: Partial<Marks>): void
  askDelete(): void
  /** Puts the picture into a collection. */
  collect(): void
  turnTo(id: string): void
  findTag(tag: string): void
}

/** What is known of the picture on the stage, and what can be done with it. */
export function Panel(props: Props) {
  const { source, details, isWaiting, mark, askDelete, collect, findTag } = props
  const suggested = useSuggestedTags(source.finding, details?.picture.prompt ?? null)
  if (!details) {
    return (
      <aside class="panel" aria-label="Details" aria-busy={isWaiting}>
        {isWaiting && <p class="panel-wait">Loading…</p>}
      </aside>
    )
  }
  const { picture, marks } = details
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must be able to get in.
    <aside class="panel" aria-label="Details" tabIndex={0} key={picture.id}>
      <section class="prompt">
        <h2>{picture.conversationTitle ?? 'Prompt'}</h2>
        {/* dir: prompts are written in any script. */}
        <p dir="auto">{picture.prompt ?? <em>No prompt was found.</em>}</p>
        {picture.prompt && <Copy text={picture.prompt} label="Copy prompt" />}
      </section>
      <Facts picture={picture} />
      <div class="actions">
        {picture.conversationUrl && (
          <a class="action" href={picture.conversationUrl} target="_blank" rel="noreferrer">
            <Icon name="open" /> Open conversation
          </a>
        )}
        {!picture.isMissing && <OutActions picture={picture} source={source} />}
        {source.work && (
          <Action icon="collection" onClick={collect}>
            Collect…
          </Action>
        )}
        {source.canChange && !picture.isMissing && (
          <Action icon="trash" onClick={askDelete}>
            Delete image…
          </Action>
        )}
      </div>
      {picture.path && (
        <section class="path">
          <h3>{source.canChange ? 'On this disk' : 'In this copy'}</h3>
          <code>{picture.path}</code>
          <Copy text={picture.path} label="Copy path" />
        </section>
      )}
      <MarksForm
        key={picture.id}
        marks={marks}
        canChange={source.canChange}
        suggested={suggested}
        mark={mark}
        findTag={findTag}
      />
      <Relations {...props} details={details} />
    </aside>
  )
}

/** Where the picture stands among others. */
function Relations({ source, details, revision, turnTo }: Props & { readonly details: PictureDetails }) {
  const { picture, related } = details
  const { work } = source
  const { value } = useAnswer(async () => (work ? work.lineage(picture.id) : []), [work, picture.id, revision])
  const nodes = value ?? []
  const isBeyond = (others: readonly Small[], known: readonly { id: string }[]) =>
    others.some(({ id }) => !known.some((one) => one.id === id))
  return (
    <>
      {nodes.length > 1 && <LineageTree source={source} nodes={nodes} id={picture.id} turnTo={turnTo} />}
      {value && isBeyond(related.lineage, nodes) && (
        <Related title="Same lineage" source={source} picture={picture} others={related.lineage} turnTo={turnTo} />
      )}
      {work && <SimilarPictures source={source} work={work} id={picture.id} revision={revision} turnTo={turnTo} />}
      {isBeyond(related.conversation, related.lineage) && (
        <Related
          title="Same conversation"
          source={source}
          picture={picture}
          others={related.conversation}
          turnTo={turnTo}
        />
      )}
    </>
  )
}

function Facts({ picture }: { picture: Picture }) {
  const { source, seed, gen_id: genId } = picture
  const size = sizeName(picture)
  const entry = source && [source.archive, source.entry].filter(Boolean).join(' › ')
  return (
    <dl class="facts">
      <Fact name="Date">{momentName(picture.date)}</Fact>
      {picture.isAway && <Fact name="Stored">In the mirror, not on this disk</Fact>}
      {picture.by && <Fact name="Made by">{generatorNames[picture.by]}</Fact>}
      {size && <Fact name="Size">{size}</Fact>}
      {seed !== null && <Fact name="Seed">{<Copyable text={`${seed}`} label="Copy seed" />}</Fact>}
      {genId && <Fact name="gen_id">{<Copyable text={genId} label="Copy gen_id" />}</Fact>}
      {source && (
        <Fact name="Source">
          {originNames[source.origin]}
          {entry && <small>{entry}</small>}
        </Fact>
      )}
      {picture.profiles.length > 0 && <Fact name="Profile">{picture.profiles.join(', ')}</Fact>}
    </dl>
  )
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function Copyable({ text, label }: { text: string; label: string }) {
  return (
    <span class="copyable">
      <code>{text}</code>
      <Copy text={text} label={label} isSmall />
    </span>
  )
}

/** A button that puts a text on the clipboard and says so. */
/** Puts a text on the clipboard, and says so. */
export function Copy({ text, label, isSmall = false }: { text: string; label: string; isSmall?: boolean }) {
  const [said, say] = useState('')
  const copy = async () => {
    say(
      await navigator.clipboard.writeText(text).then(
        () => 'Copied',
        () => 'Could not copy',
      ),
    )
    setTimeout(() => say(''), 2000)
  }
  return (
    <button
      type="button"
      class={isSmall ? 'icon-button small' : 'action'}
      aria-label={isSmall ? label : undefined}
      onClick={copy}
    >
      <Icon name={said === 'Copied' ? 'check' : 'copy'} />
      {!isSmall && (said || label)}
      <span class="sr-only" aria-live="polite">
        {said}
      </span>
    </button>
  )
}

function Action({ icon, onClick, children }: { icon: IconName; onClick(): void; children: ComponentChildren }) {
  return (
    <button type="button" class="action" onClick={onClick}>
      <Icon name={icon} /> {children}
    </button>
  )
}
