// The page of a thread: plans load when they are opened; the reply box counts, sends by keyboard, takes saved replies.
"use strict"

{
  const box = () => document.getElementById("body")
  const within = (event, selector) => event.target instanceof Element ? event.target.closest(selector) : null

  // A plan is read anew each time that it is opened: it is true for a moment only.
  document.addEventListener("toggle", (event) => {
    const plan = within(event, "details.plan")
    if (plan && plan.open && window.htmx) window.htmx.trigger(plan, "look")
  }, true)

  const count = () => {
    const area = box(), told = document.getElementById("count")
    if (!area || !told) return
    const length = [...area.value].length, longest = Number(area.dataset.longest)
    told.textContent = `${length.toLocaleString("en")} of ${longest.toLocaleString("en")} characters. Ctrl Enter sends.`
    told.classList.toggle("too-long", length > longest)
  }

  const insert = (text) => {
    const area = box()
    area.focus()
    area.setRangeText(text, area.selectionStart, area.selectionEnd, "end")
    area.dispatchEvent(new Event("input", { bubbles: true }))
  }

  const close = (saved) => {
    saved.open = false
    box().focus()
  }

  document.addEventListener("click", (event) => {
    const one = within(event, "[data-insert]")
    if (!one) return
    close(one.closest("details"))
    insert(one.querySelector("span").textContent)
  })

  // In an empty box a slash opens the saved replies; the arrows go through them.
  const openSaved = () => {
    const saved = document.getElementById("saved")
    if (!saved) return false
    saved.open = true
    saved.querySelector("[data-insert]").focus()
    return true
  }

  const step = (one, by) => {
    const all = [...one.closest("details").querySelectorAll("[data-insert]")]
    all[(all.indexOf(one) + by + all.length) % all.length].focus()
  }

  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return
    if (event.target === box()) {
      const sends = event.key === "Enter" && (event.ctrlKey || event.metaKey)
      if (sends) event.target.form.requestSubmit()
      if (sends || event.key === "/" && !event.target.value && openSaved()) event.preventDefault()
      return
    }
    const one = within(event, "[data-insert]")
    if (!one) return
    if (event.key === "Escape") close(one.closest("details"))
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (!by) return
    event.preventDefault()
    step(one, by)
  })

  document.addEventListener("input", (event) => { if (event.target === box()) count() })

  // Nothing is typed into a box that is about to be renewed by the answer to what was sent.
  const isBox = (event) => event.target instanceof Element && event.target.id === "reply"
  document.addEventListener("htmx:beforeRequest", (event) => { if (isBox(event)) box().readOnly = true })
  document.addEventListener("htmx:afterRequest", (event) => {
    if (box()) box().readOnly = false
  })
  document.addEventListener("htmx:afterSettle", (event) => {
    if (!isBox(event)) return
    count()
    box().focus()
  })

  // Where the whole page scrolls, as on a phone, it starts at the newest message, too.
  const talk = document.getElementById("talk"), newest = document.querySelector("#tail > :last-child")
  if (talk && newest && getComputedStyle(talk).display === "block") newest.scrollIntoView({ block: "end" })

  count()
}
