// Parts of a page that the server sends again take the place of what is there only where they say something new:
// what stays as it was keeps its focus, what is open in it, and the plan that somebody is reading.
"use strict"

const sent = new Map()  // What the server has sent last for each part, by its id.

const remember = (root) => {
  for (const part of root.querySelectorAll("[data-part]")) sent.set(part.id, plain(part))
}

// As it was sent, whoever asked: the way in which it is to be put in makes no difference.
const plain = (part) => part.outerHTML.replace(' hx-swap-oob="true"', "")

const keepOpen = (next) => {
  for (const details of next.querySelectorAll("details[id]")) {
    const now = document.getElementById(details.id)
    if (now) details.open = now.open
  }
}

const keepParts = (root, next) => {
  for (const part of next.querySelectorAll("[data-part]")) {
    if (part === root) continue
    const now = document.getElementById(part.id), html = plain(part)
    if (now && sent.get(part.id) === html) part.replaceWith(now)
    else sent.set(part.id, html)
  }
}

document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const next = event.detail.fragment, root = next.querySelector("[data-part]")
  if (!root) return
  const html = plain(root)
  if (sent.get(root.id) === html) {
    event.detail.shouldSwap = false
    return
  }
  sent.set(root.id, html)
  keepOpen(next)
  keepParts(root, next)
})

// What came otherwise, such as an earlier piece or the answer to a form, is remembered as it came.
document.addEventListener("htmx:beforeSwap", (event) => {
  const html = event.detail.serverResponse
  if (html && !html.includes("hx-swap-oob")) remember(new DOMParser().parseFromString(html, "text/html"))
})

remember(document)
