import { StageButton } from './stage-bar.tsx'
import type { Screen } from './use-screen.ts'
import { paces, type Slideshow } from './use-slideshow.ts'

interface Props {
  readonly screen: Screen
  /** One picture alone does not turn. */
  readonly canTurn: boolean
}

/** The buttons of slideshow and whole screen. */
export function ScreenButtons({ screen: { slideshow, fullScreen, actions }, canTurn }: Props) {
  return (
    <>
      <StageButton
        label={slideshow.isOn ? 'Stop slideshow' : 'Slideshow'}
        shortcut="s"
        icon={slideshow.isOn ? 'pause' : 'play'}
        isOff={!canTurn}
        onClick={actions['toggle-slideshow']}
      />
      {document.fullscreenEnabled && (
        <StageButton
          label={fullScreen.isOn ? 'Leave whole screen' : 'Whole screen'}
          shortcut="w"
          icon="full-screen"
          onClick={actions['toggle-full-screen']}
        />
      )}
    </>
  )
}

/** Pace and order of a slideshow, as long as it goes on. */
export function SlideshowBar({ slideshow }: { slideshow: Slideshow }) {
  const { isOn, paceSeconds, order, setPace, setOrder } = slideshow
  if (!isOn) return null
  return (
    <fieldset class="slideshow-bar" aria-label="Slideshow">
      <select
        class="pill"
        aria-label="Pace"
        value={`${paceSeconds}`}
        onChange={(event) => setPace(Number(event.currentTarget.value))}
      >
        {paces.map((seconds) => (
          <option key={seconds} value={`${seconds}`}>
            {seconds} seconds
          </option>
        ))}
      </select>
      <button
        type="button"
        class="pill"
        aria-pressed={order === 'shuffled'}
        data-on={order === 'shuffled'}
        onClick={() => setOrder(order === 'shuffled' ? 'forward' : 'shuffled')}
      >
        Shuffle
      </button>
      <button type="button" class="pill" onClick={slideshow.toggle}>
        Stop
      </button>
    </fieldset>
  )
}
