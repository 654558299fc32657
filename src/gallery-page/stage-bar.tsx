import type { ComponentChildren } from 'preact'
import { Icon, type IconName } from './icons.tsx'
import type { Stage } from './stage.ts'

interface BarProps {
  readonly stage: { readonly current: Stage | null }
  /** "3 of 120". */
  readonly position: string
  /** Undefined where it cannot be changed, null while it is not known. */
  readonly isFavourite: boolean | null | undefined
  readonly isPanelOpen: boolean
  /** Those of slideshow and whole screen. */
  readonly children?: ComponentChildren
  toggleFavourite(): void
  togglePanel(): void
}

/** Where one is among the pictures, and the buttons over the one on the stage. */
export function StageBar(props: BarProps) {
  const { stage, position, isFavourite, isPanelOpen, children, toggleFavourite, togglePanel } = props
  return (
    <div class="stage-top">
      <p class="position" aria-live="polite">
        {position}
      </p>
      {isFavourite !== undefined && (
        <StageButton
          label="Favourite"
          shortcut="f"
          icon="heart"
          isPressed={isFavourite ?? false}
          isOff={isFavourite === null}
          onClick={toggleFavourite}
        />
      )}
      <StageButton label="Zoom" shortcut="z" icon="zoom" onClick={() => stage.current?.zoom()} />
      {children}
      <StageButton label="Details" shortcut="i" icon="info" isExpanded={isPanelOpen} onClick={togglePanel} />
      <StageButton label="Close" shortcut="Esc" icon="close" onClick={() => stage.current?.close()} />
    </div>
  )
}

interface StageButtonProps {
  readonly label: string
  /** The key that does the same. */
  readonly shortcut: string
  readonly icon: IconName
  readonly isPressed?: boolean
  readonly isExpanded?: boolean
  readonly isOff?: boolean
  onClick(): void
}

/** A button over the picture. */
export function StageButton({
  label,
  shortcut,
  icon,
  isPressed,
  isExpanded,
  isOff = false,
  onClick,
}: StageButtonProps) {
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={label}
      aria-pressed={isPressed}
      aria-expanded={isExpanded}
      title={`${label} (${shortcut})`}
      disabled={isOff}
      onClick={onClick}
    >
      <Icon name={icon} isFilled={isPressed ?? false} />
    </button>
  )
}

interface StepProps {
  readonly by: -1 | 1
  /** There is no picture on that side. */
  readonly isOff: boolean
  readonly stage: { readonly current: Stage | null }
}

/** Leads to the picture before or behind. */
export function StepButton({ by, isOff, stage }: StepProps) {
  return (
    <button
      type="button"
      class={`icon-button turn ${by < 0 ? 'previous' : 'next'}`}
      aria-label={by < 0 ? 'Previous picture' : 'Next picture'}
      disabled={isOff}
      onClick={() => stage.current?.go(by)}
    >
      <Icon name={by < 0 ? 'previous' : 'next'} />
    </button>
  )
}
