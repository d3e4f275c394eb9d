// Reads from Postgres: one statement a level, prepared once a connection, no column too many.

import pg from 'pg'

const TEXT = (column) => `coalesce(${column}->>$2::text, ${column}->>'ko')`

const STATEMENTS = {
  first: `
    select id, ${TEXT('name')} as name, category, abv, released_on::text as released
    from products where active
    order by released_on desc nulls last, id limit $1`,
  after: `
    select id, ${TEXT('name')} as name, category, abv, released_on::text as released
    from products
    where active and case when $3::date is null then released_on is null and id > $4
      else released_on < $3 or (released_on = $3 and id > $4) or released_on is null end
    order by released_on desc nulls last, id limit $1`,
  ingredients: `
    select p.product_id as key, p.share, i.id, ${TEXT('i.name')} as name,
      ${TEXT('i.origin_name')} as origin
    from product_ingredients p join ingredients i on i.id = p.ingredient_id
    where p.product_id = any($1) and i.active
    order by p.position, i.id`,
  lore: `
    select f.subject_id as key, l.id, ${TEXT('l.title')} as title
    from lore_features f join lore l on l.id = f.lore_id
    where f.subject_id = any($1) and l.active
    order by l.position, l.id`,
  variants: `
    select v.product_id as key, v.id, v.volume_ml, p.amount, p.currency,
      coalesce(case when v.kind = 'bundle' then (
        select min(coalesce(t.on_hand, 0) / b.quantity)
        from bundle_parts b left join stock t on t.id = b.part_id where b.bundle_id = v.id
      ) else s.on_hand end, 0) > 0 as available
    from variants v
    join products d on d.id = v.product_id
    join variant_prices p on p.variant_id = v.id and p.channel_id = $2
    left join stock s on s.id = v.id
    where v.product_id = any($1) and v.active and d.active and d.channels ? $2
    order by v.position, v.id`,
  subjects: ['product', 'ingredient', 'character']
    .map(
      (kind) => `
    select f.lore_id as key, f.position, s.id, ${TEXT('s.name')} as name,
      '${kind[0].toUpperCase()}${kind.slice(1)}' as "__typename"
    from lore_features f join ${kind}s s on s.id = f.subject_id
    where f.lore_id = any($1) and f.subject_kind = '${kind}' and s.active`,
    )
    .join(' union all ')
    .concat(' order by 2, 3'),
  knowers: `
    select k.lore_id as key, c.id, ${TEXT('c.name')} as name
    from lore_knowers k join characters c on c.id = k.knower_id
    where k.lore_id = any($1) and k.knower_kind = 'character' and c.active
    order by k.position, c.id`,
}

export const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 })

async function read(name, ...values) {
  return (await pool.query({ name, text: STATEMENTS[name], values })).rows
}

export class Store {
  constructor(locale, channel) {
    this.locale = locale
    this.channel = channel
  }

  // One row more than the page holds: the extra one proves that there is more.
  products(first, after) {
    if (!after) return read('first', first + 1, this.locale)
    return read('after', first + 1, this.locale, after.released, after.id)
  }

  ingredients = (ids) => read('ingredients', ids, this.locale)
  lore = (ids) => read('lore', ids, this.locale)
  variants = (ids) => read('variants', ids, this.channel)
  subjects = (ids) => read('subjects', ids, this.locale)
  knowers = (ids) => read('knowers', ids, this.locale)
}
