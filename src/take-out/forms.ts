/** What goes along with each image: an XMP sidecar beside it, or the same inside of it. */
export const takeOutForms = ['sidecars', 'embedded'] as const
export type TakeOutForm = (typeof takeOutForms)[number]
