import type { RefObject } from 'preact'
import { useEffect } from 'preact/hooks'

/** Opens a dialog over the page for as long as its component is there. */
export function useModal(dialog: RefObject<HTMLDialogElement | null>) {
  useEffect(() => {
    const element = dialog.current
    element?.showModal()
    document.documentElement.classList.add('viewing')
    return () => {
      element?.close()
      if (!document.querySelector('dialog:modal')) document.documentElement.classList.remove('viewing')
    }
  }, [dialog])
}

/** Leaves the room of a scroll bar as it is, so that nothing moves while a dialog keeps the page from scrolling. */
export function useKeptGutter() {
  useEffect(() => {
    const { classList, clientWidth } = document.documentElement
    if (innerWidth > clientWidth) classList.add('keeps-gutter')
    return () => classList.remove('keeps-gutter')
  }, [])
}

/** Takes the keyboard back when what had it has gone from the dialog. */
export function useFocusInside(dialog: RefObject<HTMLDialogElement | null>) {
  useEffect(() => {
    if (document.activeElement === document.body) dialog.current?.focus()
  })
}
