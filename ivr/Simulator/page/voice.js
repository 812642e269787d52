/** Reads prompts aloud where the browser has voices; elsewhere it says nothing and takes no time. */
export class Voice {
  isOn = true;
  #turn = 0;

  get isAvailable() {
    return typeof speechSynthesis !== 'undefined' && speechSynthesis.getVoices().length > 0;
  }

  /** Calls back when voices have arrived: browsers load them late. */
  whenAvailable(callback) {
    if (this.isAvailable) {
      callback();
    } else if (typeof speechSynthesis !== 'undefined') {
      speechSynthesis.addEventListener('voiceschanged', () => this.isAvailable && callback());
    }
  }

  async speak(parts, language) {
    const turn = ++this.#turn;
    for (const part of parts) {
      if (!this.isOn || !this.isAvailable || turn !== this.#turn) {
        return;
      }

      if (part.text !== '') {
        await utter(part, language);
      }

      await new Promise(done => setTimeout(done, part.pause));
    }
  }

  stop() {
    this.#turn += 1;
    if (typeof speechSynthesis !== 'undefined') {
      speechSynthesis.cancel();
    }
  }
}

function utter(part, language) {
  return new Promise(done => {
    const utterance = new SpeechSynthesisUtterance(part.text);
    utterance.lang = language ?? 'en-US';
    utterance.rate = part.rate;
    utterance.onend = done;
    utterance.onerror = done;
    speechSynthesis.speak(utterance);
  });
}
