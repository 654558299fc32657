import path from 'node:path'
import { readMarks } from '../archive/mark-files.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Entry } from '../catalogue/entry.ts'
import { lineageOf } from '../catalogue/lineage.ts'
import { pictureOf, picturesOf, type UrlsOf } from '../catalogue/pictures.ts'
import { relatedOf, smallOf } from '../catalogue/related.ts'
import type { Lineage, LineageNode, Picture, PictureDetails, Small } from './api.ts'

/** Where this server has images and thumbnails, from its first page. */
const served: UrlsOf = ({ id }) => {
  const at = `api/pictures/${id}`
  return { imageUrl: `${at}/image`, thumbUrl: `${at}/thumb?h=480` }
}

/** Pictures in full, as this server shows them. */
export const servedPictures = (root: string, entries: readonly Entry[]): Promise<Picture[]> =>
  picturesOf(root, entries, served)

/** All that the view of one picture shows. */
export async function detailsOf(root: string, catalogue: Catalogue, entry: Entry): Promise<PictureDetails | undefined> {
  const picture = await pictureOf(root, entry, served)
  if (!picture) return undefined
  const marks = await readMarks(path.join(root, 'database'), entry.folder, entry.name)
  const { conversation, lineage } = relatedOf(catalogue.entries, entry)
  const smallOnes = async (some: readonly Entry[]): Promise<Small[]> => (await servedPictures(root, some)).map(smallOf)
  return {
    picture,
    marks,
    related: { conversation: await smallOnes(conversation), lineage: await smallOnes(lineage) },
  }
}

/** The tree of pictures that a picture was edited from, and of those edited from it. */
export async function treeOf(root: string, { entries }: Catalogue, entry: Entry): Promise<Lineage> {
  const steps = lineageOf(entries, entry)
  const pictures = await servedPictures(
    root,
    steps.map((step) => step.entry),
  )
  const smallOnes = new Map(pictures.map((picture) => [picture.id, smallOf(picture)]))
  const nodes = steps.flatMap(({ entry: { id }, parent }): LineageNode[] => {
    const small = smallOnes.get(id)
    return small ? [{ ...small, parentId: parent?.id ?? null }] : []
  })
  return { nodes }
}
