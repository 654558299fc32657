import { Icon } from './icons.tsx'
import type { Rating } from './rating.ts'

/** What was said of a picture, and how many variants it stands for, as small signs on its tile. */
export function Chips({ rating: { stars, flag, favourite }, size = 1 }: { rating: Rating; size?: number }) {
  return (
    <span class="chips" aria-hidden="true">
      {flag !== '' && (
        <span class={`chip ${flag}`}>
          <Icon name={flag === 'picked' ? 'check' : 'close'} />
        </span>
      )}
      {stars > 0 && (
        <span class="chip" data-count={stars}>
          <Icon name="star" isFilled />
        </span>
      )}
      {size > 1 && (
        <span class="chip" data-count={size}>
          <Icon name="stack" />
        </span>
      )}
      {favourite && (
        <span class="chip favourite">
          <Icon name="heart" isFilled />
        </span>
      )}
    </span>
  )
}
