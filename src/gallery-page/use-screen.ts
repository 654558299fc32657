import type { Stage } from './stage.ts'
import { type FullScreen, useFullScreen } from './use-full-screen.ts'
import { type Slideshow, useSlideshow } from './use-slideshow.ts'
import type { ScreenAction } from './viewer-keys.ts'

interface Options {
  readonly stage: { readonly current: Stage | null }
  readonly index: number
  readonly count: number
  setPanelOpen(isOpen: boolean): void
}

/** The picture and the room it has: zoom, slideshow, the whole screen. */
export interface Screen {
  readonly slideshow: Slideshow
  readonly fullScreen: FullScreen
  readonly actions: Readonly<Record<ScreenAction, () => void>>
}

/** What the viewer does with the room for the picture. */
export function useScreen({ stage, index, count, setPanelOpen }: Options): Screen {
  const slideshow = useSlideshow(index, count, (next) => stage.current?.turnTo(next))
  const fullScreen = useFullScreen()
  const alone = (toggle: () => void, isOn: boolean) => () => {
    if (!isOn) setPanelOpen(false)
    toggle()
  }
  return {
    slideshow,
    fullScreen,
    actions: {
      'actual-size': () => stage.current?.actualSize(),
      'zoom-in': () => stage.current?.zoomBy(1.5),
      'zoom-out': () => stage.current?.zoomBy(1 / 1.5),
      'lift-veil': () => stage.current?.liftVeil(),
      'toggle-slideshow': alone(slideshow.toggle, slideshow.isOn),
      'toggle-full-screen': alone(fullScreen.toggle, fullScreen.isOn),
    },
  }
}
