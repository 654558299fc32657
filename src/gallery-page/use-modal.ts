import type { RefObject } from 'preact'
import { useEffect } from 'preact/hooks'

/** Opens a dialog for as long as its component is there; then what had the keyboard before has it again. */
export function useOpened(dialog: RefObject<HTMLDialogElement | null>) {
  useEffect(() => {
    const element = dialog.current
    const opener = document.activeElement
    element?.showModal()
    return () => {
      element?.close()
      // A dialog that has left the page already gives the keyboard back to nobody.
      const isLost = document.activeElement === document.body
      if (isLost && opener instanceof HTMLElement) opener.focus({ preventScroll: true })
    }
  }, [dialog])
}

/** Opens a dialog over the page, which does not scroll meanwhile. */
export function useModal(dialog: RefObject<HTMLDialogElement | null>) {
  useOpened(dialog)
  useEffect(() => {
    document.documentElement.classList.add('viewing')
    return () => {
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
