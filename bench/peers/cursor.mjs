// The same opaque cursors as ours: the name of the order, and the entry's place in it.

const ORDER = 'released.desc.'

export function encodeCursor({ released, id }) {
  return Buffer.from(JSON.stringify([ORDER, released, id])).toString('base64url')
}

export function decodeCursor(cursor) {
  const [order, released, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  if (order !== ORDER) throw new TypeError('a cursor of another order')
  return { released, id }
}
