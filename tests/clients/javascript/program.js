// The public JavaScript client, making the calls that come in on standard input (see ../client.py).

const { createInterface } = require('node:readline')
const { default: RingCentralEngage } = require('ringcentral-engage-client')

const client = new RingCentralEngage({
  server: process.env.RINGCENTRAL_ENGAGE_SERVER_URL,
  apiToken: process.env.RINGCENTRAL_ENGAGE_API_TOKEN
})

const WITH_BODY = {
  query: (method, path, parameters) => client[method](path, undefined, { params: parameters }),
  form: (method, path, parameters) => client[method](path, new URLSearchParams(parameters).toString()),
  json: (method, path, parameters) => client[method](path, parameters)
}

function send ({ method, path, form, parameters }) {
  if (method === 'get') return client.get(path, { params: parameters })
  if (Object.keys(parameters).length === 0) return client[method](path)
  return WITH_BODY[form](method, path, parameters)
}

async function called (call) {
  try {
    const { status, data } = await send(call)
    return { status, body: data }
  } catch (error) {
    return { raised: error.name, status: error.response?.status, body: error.response?.data, text: error.message }
  }
}

async function main () {
  for await (const line of createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await called(JSON.parse(line))))
  }
}

main()
