// Vendure as its guide sets it up, headless, with the default search plugin on PostgreSQL.
//
//   vendure.mjs seed STYLES       fills an empty database with the styles of a file, JSON lines, through Vendure's own importer, and ends
//   vendure.mjs serve PORT POOL   serves them with so many connections to PostgreSQL
//
// with DATABASE_URL. What is said goes to standard error.

import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import core from '@vendure/core'
import plugin from '@vendure/core/dist/plugin/default-search-plugin/fulltext-search.service.js'

// Nothing is told to anybody, and no id of this installation is kept.
process.env.VENDURE_DISABLE_TELEMETRY = 'true'
const { LanguageCode } = core
const en = LanguageCode.en
const [mode, argument, pool] = process.argv.slice(2)
const config = {
  apiOptions: { hostname: '127.0.0.1', port: mode === 'serve' ? Number(argument) : 0, adminApiPath: 'admin-api', shopApiPath: 'shop-api' },
  authOptions: { tokenMethod: 'bearer', superadminCredentials: { identifier: 'bench', password: 'a password of this measurement' } },
  dbConnectionOptions: {
    type: 'postgres', url: process.env.DATABASE_URL, synchronize: mode === 'seed', logging: false, poolSize: Number(pool ?? 20),
  },
  paymentOptions: { paymentMethodHandlers: [] },
  logger: new core.DefaultLogger({ level: core.LogLevel.Error }),
  plugins: [
    core.DefaultJobQueuePlugin.init({ pollInterval: 200 }),
    core.DefaultSearchPlugin.init({ bufferUpdates: false, indexStockStatus: false }),
  ],
}
const app = await core.bootstrap(config)
if (mode === 'seed') {
  await seed(app)
  await app.close()
  process.exit(0)
}

async function seed(app) {
  await app.get(core.Populator).populateInitialData({
    defaultLanguage: en, defaultZone: 'Europe', countries: [{ name: 'Germany', code: 'DE', zone: 'Europe' }],
    taxRates: [{ name: 'Standard', percentage: 0 }], shippingMethods: [], paymentMethods: [], collections: [], roles: [],
  })
  const ctx = await app.get(core.RequestContextService).create({ apiType: 'admin' })
  const importer = app.get(core.FastImporterService)
  await importer.initialize()
  const values = facetValues(app, ctx)
  const [tax] = (await app.get(core.TaxCategoryService).findAll(ctx)).items
  let [styles, variants] = [0, 0]
  for await (const line of createInterface({ input: createReadStream(argument) })) {
    const style = JSON.parse(line)
    const facets = []
    for (const name of ['brand', 'colour', 'material', 'category']) facets.push(await values(name, style[name]))
    const product = await importer.createProduct({
      enabled: true, facetValueIds: facets,
      translations: [{ languageCode: en, name: style.name, slug: style.slug, description: style.description }],
    })
    const group = await importer.createProductOptionGroup({
      code: `${style.slug}-size`, translations: [{ languageCode: en, name: 'size' }],
    })
    await importer.addOptionGroupToProduct(product, group)
    for (const size of style.sizes) {
      const option = await importer.createProductOption({
        productOptionGroupId: group, code: size.toLowerCase(), translations: [{ languageCode: en, name: size }],
      })
      await importer.createProductVariant({
        productId: product, enabled: true, sku: `${style.slug}-${size}`, optionIds: [option], facetValueIds: [],
        price: style.price, taxCategoryId: tax.id, trackInventory: 'FALSE',
        translations: [{ languageCode: en, name: `${style.name} ${size}` }],
      })
    }
    styles += 1
    variants += style.sizes.length
  }
  console.error(`vendure: ${styles} styles are in the database`)
  await app.get(core.JobQueueService).start()
  const fulltext = app.get(plugin.FulltextSearchService)
  await fulltext.reindex(ctx)
  for (let last = -1; ;) {
    await new Promise((wait) => setTimeout(wait, 1000))
    const { totalItems } = await fulltext.search(ctx, { groupByProduct: false, take: 1 }, true)
    if (Number(totalItems) === variants) break
    if (totalItems !== last) console.error(`vendure: ${(last = totalItems)} are in the index`)
  }
}

/** The value of a facet, made when it is first wanted. */
function facetValues(app, ctx) {
  const [facets, made] = [new Map(), new Map()]
  return async (name, label) => {
    if (!facets.has(name)) {
      facets.set(name, await app.get(core.FacetService).create(ctx, {
        code: name, isPrivate: false, translations: [{ languageCode: en, name }],
      }))
    }
    const key = `${name}/${label}`
    if (!made.has(key)) {
      const value = await app.get(core.FacetValueService).create(ctx, facets.get(name), {
        facetId: facets.get(name).id, code: label.toLowerCase().replaceAll(' ', '-'), translations: [{ languageCode: en, name: label }],
      })
      made.set(key, value.id)
    }
    return made.get(key)
  }
}
