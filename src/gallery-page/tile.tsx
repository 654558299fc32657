import { useContext, useState } from 'preact/hooks'
import { flag } from './api.ts'
import { Chips } from './chips.tsx'
import { Icon } from './icons.tsx'
import { type Rating, ratingWords } from './rating.ts'
import { Veiled } from './veil.ts'
import { beginning, countOf, shortDate } from './words.ts'

interface Props {
  readonly id: string
  readonly index: number
  readonly date: number
  readonly flags: number
  readonly rating: Rating
  /** How many variants it stands for. */
  readonly size: number
  readonly leftPx: number
  readonly widthPx: number
  readonly heightPx: number
  readonly address: string
  readonly thumbUrl: string
  readonly prompt: string | undefined
  readonly isActive: boolean
  readonly isFresh: boolean
  /** Undefined outside the mode of choosing. */
  readonly isChosen: boolean | undefined
  readonly isRushing: boolean
}

type Look = 'waiting' | 'loaded' | 'failed'

/** One picture of the grid. Its prompt is its name for those who hear the page, and a caption for those who point. */
export function Tile(props: Props) {
  const { id, index, leftPx, widthPx, heightPx, prompt, flags, isChosen, rating, size } = props
  const [look, setLook] = useState<Look>('waiting')
  const isVeiled = useContext(Veiled).has(id)
  const date = shortDate(props.date)
  const isMissing = (flags & flag.isMissing) !== 0
  const name = `${prompt ? beginning(prompt, 160) : 'Picture'}, ${date}`
  const isAway = (flags & flag.isAway) !== 0
  const place = isMissing ? 'image is missing' : isAway && 'in the mirror'
  const notes = [size > 1 && countOf(size, 'variant'), ratingWords(rating), place]
  const states = [look, props.isFresh && 'fresh', isChosen && 'chosen', rating.flag, size > 1 && 'stack']
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the link in it takes the focus.
    // biome-ignore lint/a11y/useSemanticElements: a table cannot be justified rows.
    <div
      role="gridcell"
      class={['tile', ...states].filter(Boolean).join(' ')}
      style={{ left: `${leftPx}px`, width: `${widthPx}px`, height: `${heightPx}px` }}
      aria-selected={isChosen}
    >
      <a
        href={props.address}
        data-index={index}
        data-id={id}
        tabIndex={props.isActive ? 0 : -1}
        aria-label={[name, ...notes].filter(Boolean).join(', ')}
        draggable={!isMissing}
      >
        {isMissing || look === 'failed' ? (
          <span class="no-image">
            <Icon name="picture" />
            {isMissing ? 'No image here' : 'Image cannot be shown'}
          </span>
        ) : (
          <img
            class={isVeiled ? 'veiled' : undefined}
            src={props.isRushing && look === 'waiting' ? undefined : props.thumbUrl}
            alt=""
            decoding="async"
            draggable={false}
            onLoad={() => setLook('loaded')}
            onError={() => setLook('failed')}
          />
        )}
        {prompt && <span class="caption">{beginning(prompt, 140)}</span>}
        <Chips rating={rating} size={size} />
        {isChosen !== undefined && <span class="tick">{isChosen && <Icon name="check" />}</span>}
      </a>
    </div>
  )
}
