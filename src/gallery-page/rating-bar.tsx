import { Icon, type IconName } from './icons.tsx'
import { type Choice, choiceOfKey, type Rating } from './rating.ts'

interface Props {
  readonly rating: Rating
  choose(choice: Choice): void
  /** Whether who judges a picture goes on to the next; left out where there is no next. */
  readonly advance?: Advance
}

/** A switch: on to the next picture when one is judged. */
export interface Advance {
  readonly isOn: boolean
  toggle(): void
}

/** Stars, picking and rejecting by hand; the keys 1 to 5, p and x do the same. */
export function RatingBar({ rating, choose, advance }: Props) {
  const pressed = (key: string) => {
    const choice = choiceOfKey(key, rating)
    if (choice) choose(choice)
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would want a legend that is seen.
    <div class="rating" role="group" aria-label="Rating">
      <FlagButton name="Reject" shortcut="x" icon="close" isOn={rating.flag === 'rejected'} press={pressed} />
      {[1, 2, 3, 4, 5].map((stars) => (
        <button
          key={stars}
          type="button"
          class={`star${stars <= rating.stars ? ' given' : ''}`}
          aria-label={stars === 1 ? '1 star' : `${stars} stars`}
          aria-pressed={stars === rating.stars}
          title={`${stars} of 5 stars (${stars}); 0 takes them`}
          onClick={() => choose({ stars: stars === rating.stars ? 0 : stars })}
        >
          <Icon name="star" isFilled={stars <= rating.stars} />
        </button>
      ))}
      <FlagButton name="Pick" shortcut="p" icon="check" isOn={rating.flag === 'picked'} press={pressed} />
      {advance && (
        <button
          type="button"
          class="advance"
          aria-label="On to the next when judged"
          aria-pressed={advance.isOn}
          title="On to the next when judged (a)"
          onClick={advance.toggle}
        >
          <Icon name="forward" />
        </button>
      )}
    </div>
  )
}

interface FlagProps {
  readonly name: string
  readonly shortcut: string
  readonly icon: IconName
  readonly isOn: boolean
  press(key: string): void
}

function FlagButton({ name, shortcut, icon, isOn, press }: FlagProps) {
  return (
    <button
      type="button"
      class={`flag ${name.toLowerCase()}`}
      aria-label={name}
      aria-pressed={isOn}
      title={`${name} (${shortcut})`}
      onClick={() => press(shortcut)}
    >
      <Icon name={icon} />
    </button>
  )
}
