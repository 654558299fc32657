import type { ComponentChildren } from 'preact'

interface Props {
  readonly title: string
  readonly count: number
  /** With pictures alone and few words below each. */
  readonly isSmall?: boolean
  readonly children: ComponentChildren
}

/** Pictures side by side under a title that counts them; the row scrolls. */
export function RowOfPictures({ title, count, isSmall = false, children }: Props) {
  return (
    <section class={isSmall ? 'related alike' : 'related'}>
      <h3>
        {title} <span class="day-count">{count}</span>
      </h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must be able to get in. */}
      <ul tabIndex={0} aria-label={title}>
        {children}
      </ul>
    </section>
  )
}
