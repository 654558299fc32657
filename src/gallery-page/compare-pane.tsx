import type { PictureDetails, Source } from './api.ts'
import { Chips } from './chips.tsx'
import type { Part } from './comparison.ts'
import { Icon } from './icons.tsx'
import { Marked } from './marked.tsx'
import { type Look, transformOf } from './pan-zoom.ts'
import { type Rating, ratingWords } from './rating.ts'
import { generatorNames, momentName, sizeName } from './words.ts'

interface Props {
  readonly source: Source
  readonly id: string
  readonly at: number
  readonly details: PictureDetails | null
  readonly rating: Rating
  readonly parts: readonly Part[]
  readonly look: Look
  /** Keys are about this one. */
  readonly isCurrent: boolean
  readonly isHidden: boolean
  makeCurrent(): void
}

/** One of the pictures that are compared, in its frame, and what is known of it below. */
export function ComparePane(props: Props) {
  const { source, id, at, details, rating, parts, look, isCurrent, isHidden, makeCurrent } = props
  const isMissing = details?.picture.isMissing ?? false
  return (
    <li class={`pane${isCurrent ? ' current' : ''}`} aria-hidden={isHidden ? 'true' : undefined} inert={isHidden}>
      <button
        type="button"
        class="frame"
        aria-pressed={isCurrent}
        aria-label={['Picture', at + 1, ratingWords(rating)].filter(Boolean).join(' ')}
        onClick={makeCurrent}
        onFocus={makeCurrent}
      >
        {isMissing ? (
          <span class="no-image">
            <Icon name="picture" />
            No image here
          </span>
        ) : (
          <img src={source.imageUrl(id)} alt="" draggable={false} style={{ transform: transformOf(look) }} />
        )}
        <Chips rating={rating} />
      </button>
      {/* biome-ignore-start lint/a11y: it scrolls, so the keyboard must be able to get in. */}
      <div class="pane-words" tabIndex={0} role="group" aria-label={`Facts of picture ${at + 1}`}>
        {details && <Facts details={details} />}
        <p dir="auto">
          <Marked parts={parts} />
        </p>
      </div>
      {/* biome-ignore-end lint/a11y: it scrolls, so the keyboard must be able to get in. */}
    </li>
  )
}

function Facts({ details: { picture } }: { details: PictureDetails }) {
  const { by, seed, date } = picture
  const facts = [sizeName(picture), seed !== null && `Seed ${seed}`, by && generatorNames[by], momentName(date)]
  return <p class="pane-facts">{facts.filter(Boolean).join(' · ')}</p>
}
