import PhotoSwipe, { type SlideData } from 'photoswipe'
import type { Slide } from './slide.ts'

/** What a stage is opened with. */
export interface StageOptions {
  readonly element: HTMLElement
  readonly ids: readonly string[]
  readonly index: number
  slide(id: string): Slide
  changed(id: string): void
  closed(): void
}

/** PhotoSwipe as the place where one picture is looked at; buttons and words around it are ours. */
export interface Stage {
  go(by: -1 | 1): void
  turnTo(index: number): void
  zoom(): void
  /** One pixel of the picture to one of the page; back from there. */
  actualSize(): void
  /** Nearer or farther by a factor, to 800 % at most. */
  zoomBy(factor: number): void
  /** Shows a blurred picture until another one is turned to, or blurs it again. */
  liftVeil(): void
  isZoomed(): boolean
  /** Says in words what the picture shows, to those who hear the page. */
  describe(text: string): void
  /** Takes the picture's facts anew, as when its image was deleted. */
  reload(): void
  resize(): void
  close(): void
  destroy(): void
}

const isStill = () => matchMedia('(prefers-reduced-motion: reduce)').matches
const isTyped = (target: EventTarget | null) =>
  target instanceof Element &&
  target.closest('input, textarea, select, [contenteditable], .panel, dialog.confirm') !== null

/** Opens the stage inside an element that decides its size. */
export function openStage({ element, ids, index, slide, changed, closed }: StageOptions): Stage {
  const ms = isStill() ? 0 : 180
  const stage = new PhotoSwipe({
    index,
    appendToEl: element,
    dataSource: [],
    getViewportSizeFn: () => ({ x: element.clientWidth, y: element.clientHeight }),
    paddingFn: ({ x }) =>
      x < 600 ? { top: 56, bottom: 64, left: 0, right: 0 } : { top: 64, bottom: 40, left: 64, right: 64 },
    showHideAnimationType: isStill() ? 'none' : 'fade',
    showAnimationDuration: ms,
    hideAnimationDuration: ms,
    zoomAnimationDuration: isStill() ? 0 : 250,
    bgOpacity: 1,
    maxZoomLevel: 8,
    loop: false,
    // Who chooses goes on, mostly forwards, and shall not wait.
    preload: [1, 3],
    // Arrows are handled with the dialog's other keys; a zoomed picture is still moved by them.
    arrowKeys: false,
    escKey: false,
    trapFocus: false,
    returnFocus: false,
    clickToCloseNonZoomable: false,
    tapAction: false,
    arrowPrev: false,
    arrowNext: false,
    zoom: false,
    close: false,
    counter: false,
    errorMsg: 'This image cannot be shown.',
  })
  stage.addFilter('numItems', () => ids.length)
  stage.addFilter('itemData', (_, at) => slideData(slide(ids[at] ?? '')))
  stage.on('keydown', (event) => {
    const { key, target } = event.originalEvent
    if (key === 'Tab' || isTyped(target)) event.preventDefault()
  })
  stage.on('slideInit', ({ slide: { container, index: at } }) =>
    container.classList.toggle('veiled', slide(ids[at] ?? '').isVeiled),
  )
  stage.on('change', () => {
    element.classList.remove('lifted')
    changed(ids[stage.currIndex] ?? '')
  })
  stage.on('destroy', closed)
  stage.init()
  // The dialog around it is ours and has a name.
  stage.element?.setAttribute('role', 'group')
  stage.element?.setAttribute('aria-label', 'Picture')
  // While it opens PhotoSwipe does not listen, and would stay.
  const whenOpen = (action: () => void) => {
    if (stage.opener.isOpen) action()
    else stage.on('openingAnimationEnd', action)
  }
  const zoomTo = (level: number) => {
    const { x, y } = stage.viewportSize
    stage.zoomTo(level, { x: x / 2, y: y / 2 }, stage.options.zoomAnimationDuration)
  }
  const zoomLevel = () => stage.currSlide?.currZoomLevel ?? 1
  return {
    actualSize: () => zoomTo(zoomLevel() === 1 ? (stage.currSlide?.zoomLevels.fit ?? 1) : 1),
    zoomBy: (factor) => zoomTo(zoomLevel() * factor),
    liftVeil: () => void element.classList.toggle('lifted'),
    go: (by) => whenOpen(() => (by < 0 ? stage.prev() : stage.next())),
    isZoomed: () => (stage.currSlide?.currZoomLevel ?? 0) > (stage.currSlide?.zoomLevels.fit ?? 0),
    turnTo: (at) => {
      if (at !== stage.currIndex) stage.goTo(at)
    },
    zoom: () => stage.toggleZoom(),
    describe: (text) => {
      const image = stage.currSlide?.content.element
      if (image instanceof HTMLImageElement) image.alt = text
    },
    reload: () => stage.refreshSlideContent(stage.currIndex),
    resize: () => stage.updateSize(true),
    close: () => whenOpen(() => stage.close()),
    destroy: () => whenOpen(() => stage.destroy()),
  }
}

function slideData({ src, thumb, width, height, isMissing, alt }: Slide): SlideData {
  if (isMissing)
    return { html: '<p class="stage-note">The image is not in the archive any more; what was known of it is kept.</p>' }
  return { src, msrc: thumb, alt, width: width || 1024, height: height || 1024 }
}
