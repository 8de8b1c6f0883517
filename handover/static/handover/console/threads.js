// The list of threads while it is open: says how old it is, can be paused, and can sound.
// What is new is fetched and swapped by htmx (`#poll`); this file only watches it.
"use strict";

(() => {
  const poll = document.getElementById("poll");
  const live = document.getElementById("live");
  const pause = document.getElementById("pause");
  const sound = document.getElementById("sound");
  const notLive = document.getElementById("not-live");
  const notLiveSince = document.getElementById("not-live-since");
  const said = document.getElementById("said");
  const every = Number(live.dataset.every);
  const OFFLINE_AFTER = 2; // failures in a row
  const KEPT = "threads.sound";

  let updatedAt = Date.now();
  let failures = 0;
  let isPaused = false;
  let audio = null;
  let last = counts();

  function counts() {
    const { fresh, unattended } = document.getElementById("fresh").dataset;
    return { fresh: Number(fresh), unattended: Number(unattended) };
  }

  function age() {
    const seconds = Math.round((Date.now() - updatedAt) / 1000);
    return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min`;
  }

  function show() {
    const isOffline = failures >= OFFLINE_AFTER && !isPaused;
    live.classList.toggle("live--off", isOffline || isPaused);
    live.textContent = isOffline ? "Offline" : isPaused ? `Paused, as of ${age()} ago` : `Live, updated ${age()} ago`;
    notLive.hidden = !isOffline;
    if (isOffline) {
      const at = new Date(updatedAt).toISOString().slice(11, 19);
      notLiveSince.textContent = `Shown as of ${at} UTC. It is tried again every ${every} s.`;
    }
  }

  // Sound: two short tones, once the reader has switched them on; browsers want a click before.

  function wantsSound() {
    return localStorage.getItem(KEPT) === "on";
  }

  function beep() {
    audio = audio || new AudioContext();
    [660, 880].forEach((pitch, n) => {
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      const at = audio.currentTime + n * 0.14;
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.08, at);
      volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.12);
      tone.connect(volume).connect(audio.destination);
      tone.start(at);
      tone.stop(at + 0.13);
    });
  }

  function showSound() {
    sound.setAttribute("aria-pressed", String(wantsSound()));
  }

  sound.addEventListener("click", () => {
    localStorage.setItem(KEPT, wantsSound() ? "off" : "on");
    showSound();
    if (wantsSound()) beep();
  });

  pause.addEventListener("click", () => {
    isPaused = !isPaused;
    pause.setAttribute("aria-pressed", String(isPaused));
    failures = 0;
    show();
  });

  // News.

  document.body.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt === poll && isPaused) event.preventDefault();
  });

  document.body.addEventListener("htmx:beforeSwap", (event) => {
    // Whoever has been logged out is answered with the login's page.
    if (event.detail.elt === poll && new URL(event.detail.xhr.responseURL).pathname !== location.pathname) {
      location.reload();
      event.preventDefault();
    }
  });

  document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
    // What is as it was stays: the focus, a selection, the pointer.
    const { fragment, target } = event.detail;
    const news = fragment.querySelector(`[id="${target.id}"]`);
    if (news && news.isEqualNode(target)) event.detail.shouldSwap = false;
  });

  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt !== poll) return;
    if (event.detail.successful) {
      failures = 0;
      updatedAt = Date.now();
    } else {
      failures += 1;
    }
    show();
  });

  document.body.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.elt !== poll) return;
    const now = counts();
    const isMore = now.fresh > last.fresh || now.unattended > last.unattended;
    if (isMore && wantsSound()) beep();
    if (now.fresh > last.fresh) said.textContent = document.getElementById("fresh").textContent;
    last = now;
  });

  // A filter is applied where it is chosen.
  for (const select of document.querySelectorAll("#search select")) {
    select.addEventListener("change", () => select.form.requestSubmit());
  }

  document.documentElement.classList.add("scripted");
  pause.hidden = sound.hidden = false;
  showSound();
  show();
  setInterval(show, 1000);
})();
