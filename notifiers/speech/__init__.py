"""语音: a voice message's bytes → words. What fetches them is each platform's own client.

recording.py     what the bytes are: their kind, how long they last
decoding.py      bytes → 16 kHz mono PCM; hostile ones end a process of their own
hearing.py       runs that process, within bounds
transcription.py what turns PCM into words; an OpenAI-compatible service
sherpa.py        the same by a model on this machine
messenger.py     the callee that the outbox knows: fetches, decodes, has it written
"""
