import { DOMParser, type Document, type Element, XMLSerializer } from '@xmldom/xmldom'
import { namespaces, type Prefix } from './namespaces.ts'

/** An XMP document that was read; whoever changes it writes it with `textOf`. */
export interface XmpDocument {
  readonly document: Document
  readonly rdf: Element
}

/** What a photo manager may change of what we write; null is "not said". */
export interface Said {
  readonly rating: number | null
  readonly description: string | null
  /** The prompt that the same document gives for the picture. */
  readonly prompt: string | null
  readonly subject: readonly string[] | null
  readonly tagsList: readonly string[] | null
  /** Steps of a tag are parted by `|` there; here they are parted by `/`, as in the others. */
  readonly hierarchical: readonly string[] | null
}

/** What a picture that nobody described says. */
export const nothingSaid: Said = {
  rating: null,
  description: null,
  prompt: null,
  subject: null,
  tagsList: null,
  hierarchical: null,
}

/** More elements than any program writes; deeply nested ones take O(n²). */
const maxTags = 50_000

/**
 * Reads XMP as programs write it.
 *
 * Errors  undefined for what is no XML, or holds no `rdf:RDF`. Entities of its own are not XMP, and are refused.
 */
export function parseXmp(text: string): XmpDocument | undefined {
  if (/<!DOCTYPE/i.test(text) || text.split('<', maxTags + 1).length > maxTags) return undefined
  try {
    const document = new DOMParser({ onError: refuse }).parseFromString(text.replace(/^\uFEFF/, ''), 'text/xml')
    const rdf = document.getElementsByTagNameNS(namespaces.rdf, 'RDF').item(0)
    return rdf ? { document, rdf } : undefined
  } catch {
    return undefined
  }
}

function refuse(level: string, message: string): void {
  if (level !== 'warning') throw new Error(message)
}

/** The text of a document, the same in meaning where nothing was changed. */
export const textOf = ({ document }: XmpDocument): string => new XMLSerializer().serializeToString(document)

/** What a document says of rating, description and tags, as attributes or as elements. */
export function saidIn(xmp: XmpDocument): Said {
  const stars = Number(valuesOf(xmp, 'xmp', 'Rating')?.[0] ?? Number.NaN)
  const hierarchical = valuesOf(xmp, 'lr', 'hierarchicalSubject')
  return {
    rating: Number.isFinite(stars) ? stars : null,
    description: valuesOf(xmp, 'dc', 'description')?.[0] ?? null,
    prompt: valuesOf(xmp, 'Iptc4xmpExt', 'AIPromptInformation')?.[0] ?? null,
    subject: valuesOf(xmp, 'dc', 'subject'),
    tagsList: valuesOf(xmp, 'digiKam', 'TagsList'),
    hierarchical: hierarchical?.map((path) => path.replaceAll('|', '/')) ?? null,
  }
}

/** The values of a property; of alternatives the default one comes first. Null when it is not there. */
function valuesOf(xmp: XmpDocument, prefix: Prefix, name: string): string[] | null {
  const namespace = namespaces[prefix]
  for (const description of descriptionsIn(xmp)) {
    const attribute = description.getAttributeNS(namespace, name)
    if (attribute !== null) return [attribute]
    const element = childrenOf(description).find(
      (child) => child.namespaceURI === namespace && child.localName === name,
    )
    if (element) return valuesIn(element)
  }
  return null
}

function valuesIn(element: Element): string[] {
  const items = [...element.getElementsByTagNameNS(namespaces.rdf, 'li')]
  const isList = childrenOf(element).some(({ localName }) => ['Alt', 'Bag', 'Seq'].includes(localName ?? ''))
  if (!isList) return [element.textContent ?? '']
  const isDefault = (item: Element) => item.getAttribute('xml:lang') === 'x-default'
  return items.toSorted((a, b) => Number(isDefault(b)) - Number(isDefault(a))).map((item) => item.textContent ?? '')
}

const descriptionsIn = ({ rdf }: XmpDocument): Element[] =>
  childrenOf(rdf).filter((child) => child.namespaceURI === namespaces.rdf && child.localName === 'Description')

function childrenOf(element: Element): Element[] {
  return [...element.childNodes].filter((node): node is Element => node.nodeType === node.ELEMENT_NODE)
}

/**
 * Puts what we say in our own namespace into somebody else's document, in place of what was there; all else stays.
 *
 * Shape   true when that changed anything.
 */
export function refreshOurs(xmp: XmpDocument, ours: Readonly<Record<string, string>>): boolean {
  const before = oursIn(xmp)
  const names = new Set([...Object.keys(before), ...Object.keys(ours)])
  if ([...names].every((name) => before[name] === ours[name])) return false
  removeOurs(xmp)
  appendOurs(xmp, ours)
  return true
}

function oursIn(xmp: XmpDocument): Record<string, string> {
  const said: Record<string, string> = {}
  for (const description of descriptionsIn(xmp)) {
    for (const { namespaceURI, localName, value } of description.attributes)
      if (namespaceURI === namespaces.dallearchiver) said[localName ?? ''] = value
    for (const { namespaceURI, localName, textContent } of childrenOf(description))
      if (namespaceURI === namespaces.dallearchiver) said[localName ?? ''] = textContent ?? ''
  }
  return said
}

function removeOurs(xmp: XmpDocument): void {
  for (const description of descriptionsIn(xmp)) {
    const attributes = [...description.attributes].filter((one) => one.namespaceURI === namespaces.dallearchiver)
    const children = childrenOf(description).filter((one) => one.namespaceURI === namespaces.dallearchiver)
    for (const attribute of attributes) description.removeAttributeNode(attribute)
    for (const child of children) description.removeChild(child)
    const isOurs = attributes.length + children.length > 0
    const isEmpty = childrenOf(description).length === 0 && ![...description.attributes].some(isProperty)
    if (isOurs && isEmpty) xmp.rdf.removeChild(description)
  }
}

const isProperty = ({ namespaceURI }: { readonly namespaceURI: string | null }) =>
  namespaceURI !== null && namespaceURI !== namespaces.rdf && namespaceURI !== xmlnsNamespace

const xmlnsNamespace = 'http://www.w3.org/2000/xmlns/'

function appendOurs(xmp: XmpDocument, ours: Readonly<Record<string, string>>): void {
  const { document, rdf } = xmp
  const about = descriptionsIn(xmp)[0]?.getAttributeNS(namespaces.rdf, 'about') ?? ''
  const rdfPrefix = rdf.prefix ?? 'rdf'
  const description = document.createElementNS(namespaces.rdf, `${rdfPrefix}:Description`)
  description.setAttributeNS(namespaces.rdf, `${rdfPrefix}:about`, about)
  description.setAttributeNS(xmlnsNamespace, 'xmlns:dallearchiver', namespaces.dallearchiver)
  for (const [name, value] of Object.entries(ours)) {
    const element = document.createElementNS(namespaces.dallearchiver, `dallearchiver:${name}`)
    element.appendChild(document.createTextNode(value))
    description.appendChild(document.createTextNode('\n   '))
    description.appendChild(element)
  }
  description.appendChild(document.createTextNode('\n  '))
  rdf.appendChild(description)
  rdf.appendChild(document.createTextNode('\n'))
}
