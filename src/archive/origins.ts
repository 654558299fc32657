/** The ways in which pictures come in. */
export const origins = ['live', 'export', 'history'] as const
export type Origin = (typeof origins)[number]
