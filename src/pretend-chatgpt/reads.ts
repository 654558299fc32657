import { type Conversation, type Node, type PretendPicture, pretendPerson, type World } from './world.ts'

/** A stored conversation as a tree, all branches. */
export const treeOf = (conversation: Conversation) => ({
  title: conversation.title,
  create_time: conversation.createdAtS,
  update_time: conversation.updatedAtS,
  mapping: Object.fromEntries([...conversation.nodes].map(([id, node]) => [id, node])),
  current_node: conversation.current,
  conversation_id: conversation.id,
  is_archived: conversation.isArchived,
  async_status: null,
  owner: { user_id: pretendPerson.id, email: pretendPerson.email, account_id: pretendPerson.account },
})

/** A page of the flat form, newest messages last; `before` is the id of the oldest one already had. */
export function pageOf(conversation: Conversation, count: number, before: string | null) {
  const messages = pathTo(conversation).flatMap((node) => (node.message ? [node.message] : []))
  const end = before === null ? messages.length : messages.findIndex((message) => message.id === before)
  const start = Math.max(0, end - count)
  return {
    messages: messages.slice(start, end),
    page_info: { has_previous_page: start > 0, start_cursor: messages[start]?.id ?? null },
    current_node: conversation.current,
    title: conversation.title,
    conversation_id: conversation.id,
  }
}

/** The newest messages of a group chat, oldest first; each wraps one of a conversation, and its id is a cursor. */
export function roomMessagesOf(room: Conversation, limit: number, before: string | null) {
  const all = pathTo(room).flatMap(({ message }) => (message ? [message] : []))
  const items = all.map((message, index) => ({
    id: `${room.id}~${room.id}~CalpicoMessage~${message.id}`,
    role: (message.author as { role: string }).role,
    room_id: room.id,
    created_at: new Date((Number(message.create_time ?? 0) + index / 1_000) * 1_000).toISOString(),
    content: { text: '' },
    raw_messages: [message],
  }))
  const end = before === null ? items.length : items.findIndex(({ id }) => id === before)
  return items.slice(Math.max(0, end - limit), Math.max(0, end))
}

function pathTo(conversation: Conversation): Node[] {
  const path: Node[] = []
  for (let id: string | null = conversation.current; id !== null; ) {
    const node: Node | undefined = conversation.nodes.get(id)
    if (!node) break
    path.unshift(node)
    id = node.parent
  }
  return path
}

/** As every list of the site is ordered. */
export const newestFirst = <Stored>(stored: ReadonlyMap<string, Stored>): Stored[] => [...stored.values()].reverse()

/** A page of the image library. */
export function libraryOf(world: World, limit: number, after: number) {
  const all = newestFirst(world.pictures).filter((picture) => picture.role === 'generated')
  const items = all.slice(after, after + limit).map((picture, index) => libraryItem(picture, after + index))
  return { items, cursor: after + limit < all.length ? String(after + limit) : null }
}

function libraryItem(picture: PretendPicture, index: number) {
  const signed = `cp=pri&ma=90000&ts=${hours()}&p=igh&cid=1&sig=${'0'.repeat(64)}&v=0`
  const address = (id: string) =>
    `https://chatgpt.com/backend-api/estuary/content?id=${encodeURIComponent(id)}&${signed}`
  return {
    id: `s_${picture.storageId.replaceAll('-', '')}`,
    kind: 'media_generation',
    generation_id: `s_${picture.storageId.replaceAll('-', '')}`,
    generation_type: 'image_gen',
    source: 'chatgpt',
    url: address(picture.fileId),
    width: picture.size.widthPx,
    height: picture.size.heightPx,
    prompt: null,
    recreation_prompt: picture.prompt,
    title: 'From the library',
    encodings: { thumbnail: { path: address(`0a1b2c#${picture.fileId}#thumbnail`) } },
    // Some items name their file by the url alone.
    ...(index % 2 === 0 && { asset_pointer: `sediment://${picture.fileId}` }),
    conversation_id: picture.conversationId,
    message_id: null,
    created_at: Math.floor(Date.now() / 1000),
    output_blocked: false,
  }
}

/** A page of what was uploaded in the images app. */
export function uploadsOf(world: World, limit: number, after: number) {
  const all = [...world.pictures.values()].filter(({ role }) => role === 'upload')
  const items = all.slice(after, after + limit).map(({ fileId, conversationId }) => ({
    id: fileId,
    asset_pointer: `sediment://${fileId}`,
    kind: 'upload',
    conversation_id: conversationId,
    created_at: Math.floor(Date.now() / 1000),
  }))
  return { items, cursor: after + limit < all.length ? String(after + limit) : null }
}

/** A page of the files in the library, uploads beside generated pictures, and folders of other providers. */
export function libraryNodesOf(world: World, limit: number, cursor: number) {
  const all = newestFirst(world.pictures).filter(({ role }) => role !== 'preview')
  const next = cursor + limit
  const external = { id: 'external-gdrive:root', kind: 'directory', name: 'Google Drive' }
  const items = [...(cursor === 0 ? [external] : []), ...all.slice(cursor, next).map(libraryNode)]
  return { items, cursor: next < all.length ? String(next) : null }
}

const libraryNode = ({ fileId, storageId, role, mime, bytes, conversationId }: PretendPicture) => ({
  id: `libfile_${storageId.replaceAll('-', '')}`,
  kind: 'file',
  name: 'ChatGPT Image.png',
  file_id: fileId,
  mime_type: mime,
  file_size_bytes: bytes.length,
  library_file_category: 'image',
  state: 'ready',
  access_kind: 'owned',
  origination_thread_id: conversationId,
  ...(role === 'generated' && { image_gen_generation_id: `s_${storageId.replaceAll('-', '')}` }),
  created_at: new Date().toISOString(),
})

/** The site's signatures carry the hour. */
export const hours = () => Math.floor(Date.now() / 3_600_000)

/** The page of a shared conversation, its data flattened into a script as the site does. */
export function sharePageOf(conversation: Conversation): string {
  const table: unknown[] = []
  const put = (value: unknown): number => {
    const index = table.push(null) - 1
    if (Array.isArray(value)) table[index] = value.map(put)
    else if (typeof value === 'object' && value !== null) {
      table[index] = Object.fromEntries(Object.entries(value).map(([key, inner]) => [`_${put(key)}`, put(inner)]))
    } else table[index] = value
    return index
  }
  const data = { ...treeOf(conversation), linear_conversation: [], share_id: conversation.id }
  put({ loaderData: { 'routes/share.$shareId.($action)': { serverResponse: { type: 'data', data } } } })
  const script = JSON.stringify(`${JSON.stringify(table)}\n`)
  const context = 'window.__reactRouterContext'
  return `<script>${context}={streamController:{enqueue(){}}};${context}.streamController.enqueue(${script});</script>`
}
