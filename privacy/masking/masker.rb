# frozen_string_literal: true

# Masks personal data in a collector by the rules of rules.yaml, as masker.py does: whoever changes one changes both, and
# the tests run both over the same records. A filter of Fluentd calls Masking::Masker.load(path).mask(record).

require 'json'
require 'yaml'

module Masking
  DEEPEST = 64
  TOO_DEEP = '[too deep]'
  DEEPEST_JSON = 900
  ESCAPE = /%[2-7][0-9A-Fa-f]|\\u00[2-7][0-9A-Fa-f]/
  FULL_WIDTH = (0xFF01..0xFF5E)
  SMALLEST_NUMBER = 10**10

  # Numbers with check digits: how much of a text is one.
  class CheckDigits
    IDENTITY_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2].freeze
    IDENTITY_CHECKS = '10X98765432'

    def initialize(rules)
      @iban_lengths = rules.fetch('iban_lengths')
      @prefixes = rules.fetch('card_prefixes')
    end

    def chinese_identity_number(text)
      total = IDENTITY_WEIGHTS.each_with_index.sum { |weight, place| weight * text[place].to_i }
      text[-1].upcase == IDENTITY_CHECKS[total % 11] ? text.length : 0
    end

    def iban(text)
      places = (0...text.length).select { |place| text[place].match?(/[A-Za-z0-9]/) }
      length = @iban_lengths.fetch(text[0, 2].upcase, 0)
      return 0 if length.zero? || places.length < length

      number = places.first(length).map { |place| text[place] }.join
      (number[4..] + number[0, 4]).chars.map { |each| each.to_i(36) }.join.to_i % 97 == 1 ? places[length - 1] + 1 : 0
    end

    def payment_card(text)
      separators = (1...text.length).to_a.reverse.select { |place| ' -'.include?(text[place]) }
      [text.length, *separators].find { |place| card?(text[0, place].delete('^0-9')) } || 0
    end

    private

    def card?(digits)
      @prefixes.any? { |prefix| fits?(prefix, digits) } && luhn?(digits)
    end

    def fits?(prefix, digits)
      first, last = prefix.values_at('from', 'to')
      prefix['lengths'].include?(digits.length) && digits[0, first.to_s.length].to_i.between?(first, last)
    end

    def luhn?(digits)
      total = digits.reverse.each_char.with_index.sum do |digit, place|
        doubled = digit.to_i * (1 + place % 2)
        doubled / 10 + doubled % 10
      end
      (total % 10).zero?
    end
  end

  # A text as patterns see it, and where each of its characters begins in the original.
  Reading = Struct.new(:text, :places)

  class Masker
    def self.load(path)
      new(text_in(YAML.safe_load(File.binread(path).force_encoding('UTF-8'))))
    end

    # Fluentd's Ruby takes every text for bytes, those of a file of YAML too, which are equal to no text.
    def self.text_in(value)
      case value
      when String then value.dup.force_encoding('UTF-8')
      when Array then value.map { |each| text_in(each) }
      when Hash then value.to_h { |key, each| [text_in(key), text_in(each)] }
      else value
      end
    end

    def initialize(rules)
      @field_mask = rules['fields']['mask']
      @names = rules['fields']['names'].to_h { |name| [name, true] }
      @endings = rules['fields']['endings']
      @fold = rules['fold'].flat_map { |plain, characters| characters.chars.map { |each| [each, plain] } }.to_h
      @checks = CheckDigits.new(rules)
      @patterns = rules['patterns'].map { |each| each.merge('expression' => Regexp.new(each['expression'])) }
    end

    def mask(value, depth = 0)
      case value
      when String then string(value, depth)
      when Integer then number(value, value)
      when Float then value.finite? && value == value.floor ? number(value, value.to_i) : value
      when Hash then depth >= DEEPEST ? TOO_DEEP : object(value, depth)
      when Array then depth >= DEEPEST ? TOO_DEEP : value.map { |each| mask(each, depth + 1) }
      else value
      end
    end

    def text(text)
      return text unless text.match?(/[@0-9%\\]|[^\x00-\x7F]/)

      parts = []
      place = 0
      readings(text).flat_map { |reading| spans(reading) }.uniq.sort.each do |start, stop, mask|
        parts << text[place...start] << mask if start >= place
        place = [place, stop].max
      end
      parts.join + text[place..]
    end

    private

    def string(text, depth)
      return text(text) unless text.match?(/\A[ \t\r\n]*[\[{]/)

      nested = JSON.parse(text, max_nesting: DEEPEST_JSON)
      masked = mask(nested, depth)
      masked == nested ? text : masked.is_a?(String) ? masked : JSON.generate(masked)
    rescue JSON::NestingError
      TOO_DEEP
    rescue JSON::ParserError
      text(text)
    end

    def number(value, whole)
      return value if whole.abs < SMALLEST_NUMBER

      masked = text(whole.to_s)
      masked == whole.to_s ? value : masked
    end

    def object(value, depth)
      value.each_with_object({}) do |(name, each), masked|
        inner = masks_field?(name) ? @field_mask : mask(each, depth + 1)
        masked[free(text(name), masked)] = inner
      end
    end

    def masks_field?(name)
      plain = name.downcase.gsub(/[^[:alnum:]]/, '')
      @names.key?(plain) || plain.end_with?(*@endings)
    end

    def free(name, taken)
      number = 1
      free = name
      free = "#{name}##{number += 1}" while taken.key?(free)
      free
    end

    def readings(text)
      folded = text.ascii_only? ? text : text.gsub(/[^\x00-\x7F]/) { |each| plain(each) }
      found = [Reading.new(folded, (0..folded.length).to_a)]
      found << unescaped(folded) if folded.match?(ESCAPE)
      found
    end

    def plain(character)
      FULL_WIDTH.cover?(character.ord) ? (character.ord - 0xFEE0).chr : @fold.fetch(character, character)
    end

    def unescaped(text)
      plain = +''
      places = []
      place = 0
      while (escape = text.match(ESCAPE, place))
        plain << text[place...escape.begin(0)] << escape[0][-2..].to_i(16).chr
        places.concat((place..escape.begin(0)).to_a)
        place = escape.end(0)
      end
      Reading.new(plain + text[place..], places + (place..text.length).to_a)
    end

    def spans(reading)
      taken = []
      @patterns.flat_map do |pattern|
        matches(pattern, reading.text).filter_map do |start, stop|
          next if taken.any? { |first, last| stop > first && last > start }

          taken << [start, stop]
          [reading.places[start], reading.places[stop], pattern['mask']] if pattern['mask']
        end
      end
    end

    def matches(pattern, text)
      found = []
      place = 0
      while (match = text.match(pattern['expression'], place))
        length = pattern['check'] ? @checks.public_send(pattern['check'], match[0]) : match[0].length
        found << [match.begin(0), match.begin(0) + length] if length.positive?
        # What is none as a whole can begin with what is none: 12 before the number of a card.
        place = match.begin(0) + [length, 1].max
      end
      found
    end
  end
end
