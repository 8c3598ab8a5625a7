# frozen_string_literal: true

# A filter of Fluentd that masks the text of one field, which can be a JSON object.

require 'fluent/plugin/filter'
require_relative 'masker'

module Fluent
  module Plugin
    class PersonalDataFilter < Filter
      Fluent::Plugin.register_filter('personal_data', self)

      # Stands for a text that cannot be masked: nobody has looked at it, so that it is not kept.
      WITHHELD = '[not masked, and not kept]'

      desc 'The field of the record.'
      config_param :key, :string
      desc 'The file of the rules.'
      config_param :rules, :string

      def configure(conf)
        super
        @masker = Masking::Masker.load(@rules)
      end

      def filter(_tag, _time, record)
        record[@key] = masked(record[@key])
        record
      end

      private

      def masked(text)
        @masker.mask(text)
      rescue StandardError => e
        # What an error says can hold what was in the text.
        log.error('A record cannot be masked.', error_class: e.class)
        WITHHELD
      end
    end
  end
end
